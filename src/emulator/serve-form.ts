import { authenticateForm } from './access/authenticate-form.ts'
import { asSwitched } from './faults/switches.ts'
import { underPolicyOf } from './operations/bucket-policy.ts'
import { demand } from './operations/operation.ts'
import { answerToForm, asPutObject, keyOfForm } from './operations/post-object.ts'
import { putObject } from './operations/put-object.ts'
import { checkKey, type S3Service } from './s3-service.ts'
import type { Answer } from './wire/answer.ts'
import { readPostedForm } from './wire/posted-form.ts'
import type { ReceivedRequest } from './wire/received-request.ts'

const operation = 'PostObject'

/** S3's answer to a POST form: who signed its policy, does that allow it, may they, then a PutObject. Throws S3Error. */
export async function serveForm(received: ReceivedRequest, bucketName: string, service: S3Service): Promise<Answer> {
  const { authority, emulation, pace, switchboard } = service
  const form = await readPostedForm(received)
  const key = keyOfForm(form)
  checkKey(key)
  // Variables are replaced before the policy is looked at.
  const fields = new Map([...form.fields, ['key', key], ['bucket', bucketName]])
  const put = asPutObject(received, form)
  return switchboard.attend({ operation, key, partNumber: null }, put, async (attended, under) => {
    const { caller: signer, signing } = authenticateForm(authority, received, fields, form.file.bytes.length)
    const caller = underPolicyOf(bucketName, signer, attended, emulation)
    demand(caller, 's3:PutObject', bucketName, key)
    const switched = asSwitched(attended, operation, switchboard.switches())
    const nothingToForget = () => {}
    return under(switched, nothingToForget, async (request) => {
      const body = { request, payloadHash: 'UNSIGNED-PAYLOAD', signing, pace }
      const stored = await putObject({ bucketName, key, request, caller, body }, emulation)
      return answerToForm(form, stored, { bucketName, key, host: received.headers.host ?? '' })
    })
  })
}
