import type { ItemGroup } from '../../../../shared/folder.ts'

/** Counts items by why they are left out. */
export type Tally<Why> = {
  readonly add: (why: Why, path: string, bytes: number) => void
  readonly groups: () => readonly ItemGroup<Why>[]
}

/** Groups items with an equal reason, in the order in which each reason came up first. */
export function createTally<Why>(): Tally<Why> {
  const groups = new Map<string, { why: Why; count: number; bytes: number; first: string }>()
  return {
    add(why, path, bytes) {
      const key = JSON.stringify(why)
      const group = groups.get(key) ?? { why, count: 0, bytes: 0, first: path }
      group.count += 1
      group.bytes += bytes
      groups.set(key, group)
    },
    groups: () => [...groups.values()],
  }
}
