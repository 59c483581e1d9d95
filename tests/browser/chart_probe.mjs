// What a test asks a chart, and does to it.

/** What the chart of `tag` says about itself. */
export async function facts(page, tag) {
  return page.evaluate((name) => {
    const card = [...document.querySelectorAll('[data-testid=card]')].find(
      (c) => c.dataset.tag === name,
    );
    return card?.querySelector('canvas')?.fanlightFacts?.();
  }, tag);
}

/** Waits, frame by frame, until the chart of `tag` has its data and `condition` holds for its facts. */
export async function waitForFacts(page, tag, condition, timeoutMs = 60_000) {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const [known, state] = await page.evaluate((name) => {
      const card = [...document.querySelectorAll('[data-testid=card]')].find(
        (c) => c.dataset.tag === name,
      );
      const facts = card?.querySelector('canvas')?.fanlightFacts?.();
      const now = card?.querySelector('[data-testid=chart]')?.dataset.state;
      return new Promise((done) => requestAnimationFrame(() => done([facts, now])));
    }, tag);
    if (known !== undefined && state === 'ready' && condition(known)) return;
    if (performance.now() > until)
      throw new Error(`${tag} is ${state}: never ${condition}; last ${JSON.stringify(known)}`);
  }
}

export const chartOf = (page, tag) =>
  page.locator(`[data-testid=card][data-tag="${tag}"] [data-testid=chart]`).first();
export async function dragOver(page, chart, fromX, toX, fromY = 90, toY = 90) {
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + fromX, box.y + fromY);
  await page.mouse.down();
  await page.mouse.move(box.x + (fromX + toX) / 2, box.y + (fromY + toY) / 2);
  await page.mouse.move(box.x + toX, box.y + toY);
  await page.mouse.up();
}
