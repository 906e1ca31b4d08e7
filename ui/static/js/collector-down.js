// @ts-check
// The page shown while the collector is down: wait until it answers again, then load what was asked for.
import "./page.js";

const CHECK_INTERVAL_MS = 2000;

const timer = setInterval(async () => {
  try {
    const response = await fetch("/stats");
    if (!response.ok) return;
    clearInterval(timer);
    location.reload();
  } catch {
    // The UI itself is down, too; try again.
  }
}, CHECK_INTERVAL_MS);
