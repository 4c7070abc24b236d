import { readdir, readFile } from 'node:fs/promises'

type Stat = { readonly pid: number; readonly parent: number; readonly group: number; readonly state: string }

/** A process, what it started and what those started, and all of its process group, as they are now. Linux reads /proc; elsewhere only the process itself is known. */
export async function processTree(pid: number): Promise<readonly number[]> {
  const all = await processes()
  const tree = new Set([pid])
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const each of all) if (tree.has(each.parent) || each.group === pid) tree.add(each.pid)
  }
  return [...tree]
}

/** Which of these run. One that has ended and that nobody has asked about yet does not. */
export async function runningOf(pids: readonly number[]): Promise<readonly number[]> {
  const running = await processes()
  return pids.filter((pid) => running.some((each) => each.pid === pid && each.state !== 'Z'))
}

/** Ends a process and all that it started with SIGKILL, as a power cut would, and resolves when none of them runs any more. */
export async function killTree(pid: number): Promise<void> {
  const tree = await processTree(pid)
  for (const each of [-pid, ...tree]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  while ((await runningOf(tree)).length > 0) await new Promise((resolve) => setImmediate(resolve))
}

async function processes(): Promise<readonly Stat[]> {
  const names = await readdir('/proc').catch(() => [])
  const stats = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => null)),
  )
  return stats.flatMap((stat) => {
    if (stat === null) return []
    // The name in parentheses may hold anything; the fields after it are: state, parent, process group.
    const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [{ pid: Number.parseInt(stat, 10), parent: Number(parent), group: Number(group), state }]
  })
}
