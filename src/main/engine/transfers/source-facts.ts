import mime from 'mime'
import { partSizeFor } from './part-plan.ts'
import type { SourceFacts } from './state.ts'

/** What a row keeps of its source. `path`: of which the extension tells the content type. */
export const sourceFacts = ({
  path,
  sourceId,
  size,
  modifiedAt,
}: Pick<SourceFacts, 'size' | 'modifiedAt'> & { readonly path: string; readonly sourceId: string }): SourceFacts => ({
  sourceId,
  size,
  contentType: mime.getType(path) ?? 'application/octet-stream',
  modifiedAt,
  partSize: partSizeFor(size),
})
