// @ts-check
// A trace's spans merged by path: alike spans under alike parents are one node, as in a flame graph.

export class MergedSpans {
  /** @param {import("./trace-columns.js").TraceColumns} columns */
  constructor(columns) {
    /** @type {number[]} first row of each node; parents come before their children */
    this.rows = [];
    /** @type {number[]} -1 at the top */
    this.parents = [];
    /** @type {number[]} */
    this.depths = [];
    /** @type {number[]} spans */
    this.counts = [];
    /** @type {number[]} spans that failed */
    this.errors = [];
    /** @type {number[]} ns */
    this.selfTimes = [];
    /** @type {number[]} ns on the critical path */
    this.critical = [];
    /** The node that each row is part of. */
    this.nodeOf = this.#merge(columns);
    /** Self time including that of everything beneath, ns. */
    this.totals = Float64Array.from(this.selfTimes);
    for (let node = this.length - 1; node >= 0; node--) {
      if (this.parents[node] >= 0) this.totals[this.parents[node]] += this.totals[node];
    }
    this.total = this.parents.reduce((sum, parent, node) => sum + (parent < 0 ? this.totals[node] : 0), 0);
    /** @type {Map<number, number[]>} by parent, the largest first */
    this.children = new Map();
    /** Where a node begins, ns from the left. */
    this.offsets = this.#place();
  }

  get length() {
    return this.rows.length;
  }

  /** @param {import("./trace-columns.js").TraceColumns} columns */
  #merge(columns) {
    const nodeOf = new Int32Array(columns.length);
    /** @type {Map<string, number>} */
    const nodes = new Map();
    for (let row = 0; row < columns.length; row++) {
      const parent = columns.parents[row] < 0 ? -1 : nodeOf[columns.parents[row]];
      const key = `${parent} ${columns.operation(row)}`;
      let node = nodes.get(key);
      if (node === undefined) {
        node = this.rows.push(row) - 1;
        nodes.set(key, node);
        this.parents.push(parent);
        this.depths.push(parent < 0 ? 0 : this.depths[parent] + 1);
        for (const sums of [this.counts, this.errors, this.selfTimes, this.critical]) sums.push(0);
      }
      nodeOf[row] = node;
      this.counts[node]++;
      this.errors[node] += columns.errors[row];
      this.selfTimes[node] += columns.selfTimes[row];
      this.critical[node] += columns.critical?.times[row] ?? 0;
    }
    return nodeOf;
  }

  #place() {
    const offsets = new Float64Array(this.length);
    this.parents.forEach((parent, node) => {
      const siblings = this.children.get(parent);
      if (siblings) siblings.push(node);
      else this.children.set(parent, [node]);
    });
    for (const [parent, siblings] of this.children) {
      siblings.sort((a, b) => this.totals[b] - this.totals[a]);
      let offset = parent < 0 ? 0 : offsets[parent];
      for (const node of siblings) {
        offsets[node] = offset;
        offset += this.totals[node];
      }
    }
    return offsets;
  }
}
