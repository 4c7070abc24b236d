import type { SignedRequest } from '../../../shared/broker-uploads.ts'
import { type Answer, done, not } from './answer.ts'

/** Headers that a page may not set; the browser's own are what was signed. */
const setByBrowser: ReadonlySet<string> = new Set(['content-length', 'host'])
/** Without a byte for so long, a request is given up (ms). */
const patience = 60_000

/**
 * Sends bytes to the store as they were signed; answers with their ETag, without quotes. `onSent` is told how many bytes
 * the browser has put on the wire, which the store has not acknowledged yet.
 */
export const sendBytes = (
  request: SignedRequest,
  bytes: ArrayBuffer,
  { signal, onSent }: { readonly signal: AbortSignal; readonly onSent: (bytes: number) => void },
): Promise<Answer<string>> =>
  new Promise((resolve) => {
    // fetch tells nothing of what was sent
    const exchange = new XMLHttpRequest()
    let timer = setTimeout(() => exchange.abort(), patience)
    const stop = () => exchange.abort()
    const end = (answer: Answer<string>) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve(answer)
    }
    signal.addEventListener('abort', stop, { once: true })
    exchange.upload.onprogress = ({ loaded }) => {
      clearTimeout(timer)
      timer = setTimeout(() => exchange.abort(), patience)
      onSent(Math.min(loaded, bytes.byteLength))
    }
    exchange.onload = () => end(answerOf(exchange))
    exchange.onerror = () => end(not('network'))
    exchange.onabort = () => end(not(signal.aborted ? 'stopped' : 'network'))
    exchange.open(request.method, request.url)
    if (request.method === 'PUT') {
      for (const [name, value] of Object.entries(request.headers)) {
        if (!setByBrowser.has(name.toLowerCase())) exchange.setRequestHeader(name, value)
      }
      exchange.send(bytes)
    } else {
      const form = new FormData()
      for (const [name, value] of Object.entries(request.fields)) form.append(name, value)
      form.append('file', new Blob([bytes]))
      exchange.send(form)
    }
    if (signal.aborted) stop()
  })

const passing: ReadonlySet<number> = new Set([408, 429])

const answerOf = (exchange: XMLHttpRequest): Answer<string> => {
  const { status, responseText } = exchange
  if (status >= 200 && status < 300) return done((exchange.getResponseHeader('etag') ?? '').replaceAll('"', ''))
  if (status >= 500 || passing.has(status)) return not('store_busy')
  if (status === 412) return not('exists')
  return not(responseText.includes('<Code>NoSuchUpload</Code>') ? 'upload_lost' : 'store_refused')
}
