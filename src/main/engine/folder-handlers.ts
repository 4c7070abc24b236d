import { isAbsolute } from 'node:path'
import { failed, ok, type Result } from '../../shared/failure.ts'
import type { EngineHandlers } from '../../shared/ipc.ts'
import type { SessionView } from '../../shared/session.ts'
import type { WatchedFolders } from './watch/watched-folders.ts'

/** What the engine answers to the page's commands about watched folders. `watched`: null where nobody is signed in. */
export function createFolderHandlers(
  watched: () => WatchedFolders | null,
  session: () => SessionView,
): EngineHandlers['folders'] {
  const signedIn = async <Value>(
    work: (folders: WatchedFolders) => Result<Value> | Promise<Result<Value>>,
  ): Promise<Result<Value>> => {
    const folders = watched()
    return folders === null ? failed('signed_out') : work(folders)
  }

  return {
    list: async () => ok(watched()?.list() ?? []),
    draft: ({ paths: [path = ''] }) =>
      signedIn(async (folders) =>
        isAbsolute(path) ? ok(await folders.draft(path)) : failed('input_invalid', 'paths'),
      ),
    preview: ({ id, options }) => signedIn((folders) => folders.preview(id, options)),
    start: ({ draft, purpose, options, existing }) =>
      signedIn((folders) => {
        const current = session()
        const isOffered = current.state === 'signed_in' && current.purposes.some(({ name }) => name === purpose)
        return isOffered ? folders.start(draft, { purpose, options }, existing) : failed('unknown_purpose')
      }),
    change: ({ id, options }) => signedIn((folders) => folders.change(id, options)),
    pause: ({ id }) => signedIn((folders) => folders.pause(id)),
    resume: ({ id }) => signedIn((folders) => folders.resume(id)),
    lookAgain: ({ id }) => signedIn((folders) => folders.lookAgainIn(id)),
    remove: ({ id, history }) => signedIn((folders) => folders.remove(id, history)),
    explain: ({ id, options, path }) => signedIn((folders) => folders.explain(id, options, path)),
  }
}
