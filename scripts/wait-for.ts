const betweenLooks = 50

/** Resolves when `holds` does; throws `waited … s for …` after `patience` milliseconds. What `holds` throws ends the wait. */
export async function waitFor(what: string, patience: number, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + patience
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`waited ${patience / 1_000} s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, betweenLooks))
  }
}
