// Work that can wait until what a person waits for is under way.

const mostWaitMs = 500;

/** Runs in the next quiet moment, at the latest in half a second. Returns what calls it off. */
export function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(run, mostWaitMs / 2);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, {timeout: mostWaitMs});
  return () => cancelIdleCallback(handle);
}
