/** Maps in the order of the items, at most `limit` at once. The first rejection is thrown, and no further item is begun. */
export const mapBounded = async <Item, Output>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Output>,
): Promise<Output[]> => {
  const outputs = new Array<Output>(items.length)
  // A generator, unlike an array's iterator, is closed for all who share it when one of them leaves its loop.
  const rest = (function* () {
    yield* items.entries()
  })()
  const work = async () => {
    for (const [index, item] of rest) outputs[index] = await map(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return outputs
}
