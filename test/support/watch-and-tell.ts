import { startFolderThread } from '../../src/main/engine/watch/folder-thread.ts'

/** Watches the folder named on its command line and prints each thing it is told as one JSON line, until its input ends. */
const thread = startFolderThread(process.argv[2] ?? '')
const tell = (line: object) => console.log(JSON.stringify(line))
await thread.watch(
  { rules: '', hidden: false, links: 'skip' },
  { onHint: (hint) => tell({ hint }), onTrouble: (trouble) => tell({ trouble }) },
)
tell({ watching: true })
process.stdin.resume().on('end', () => void thread.end())
