import { z } from 'zod'
import { announcedChecksum, receiveText } from '../body/receive-body.ts'
import { ErrorAnswer, S3Error } from '../s3-error.ts'
import { emptyAnswer, xmlAnswer } from '../wire/answer.ts'
import { readXml } from '../wire/xml.ts'
import { bucketOf, type Operation } from './operation.ts'

const onlyStar = z.string().refine((pattern) => pattern.split('*').length <= 2)
const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
const configurationSchema = z.object({
  CORSConfiguration: z.object({
    CORSRule: z
      .array(
        z.object({
          ID: z.string().max(255).optional(),
          AllowedOrigin: z.array(onlyStar).min(1),
          AllowedMethod: z.array(z.string()).min(1),
          AllowedHeader: z.array(onlyStar).optional(),
          ExposeHeader: z.array(z.string()).optional(),
          MaxAgeSeconds: z.coerce.number().int().min(0).optional(),
        }),
      )
      .min(1)
      .max(100),
  }),
})
const lists = ['CORSRule', 'AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader']

export const putBucketCors: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  const text = await receiveText(call.body, announcedChecksum(call.request))
  const { CORSRule } = readXml(text, configurationSchema, lists).CORSConfiguration
  const unknown = CORSRule.flatMap(({ AllowedMethod }) => AllowedMethod).find((method) => !methods.includes(method))
  if (unknown !== undefined)
    throw new S3Error(
      'InvalidRequest',
      `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
    )
  bucket.setCorsRules(CORSRule)
  return emptyAnswer(200)
}

export const getBucketCors: Operation = async (call, emulation) => {
  const rules = bucketOf(emulation, call.bucketName).corsRules()
  if (rules.length === 0)
    throw new ErrorAnswer(404, 'NoSuchCORSConfiguration', 'The CORS configuration does not exist', {
      details: { BucketName: call.bucketName },
    })
  return xmlAnswer('CORSConfiguration', { CORSRule: rules })
}

export const deleteBucketCors: Operation = async (call, emulation) => {
  bucketOf(emulation, call.bucketName).setCorsRules([])
  return emptyAnswer(204)
}
