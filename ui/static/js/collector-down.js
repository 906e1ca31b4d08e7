// @ts-check
// Wait for the collector to come back, then go on where the reader was.
import "./page.js";

const timer = setInterval(async () => {
  try {
    const response = await fetch("/stats");
    if (!response.ok) return;
    clearInterval(timer);
    location.reload();
  } catch {
    // The UI itself is away too; ask again.
  }
}, 2000);
