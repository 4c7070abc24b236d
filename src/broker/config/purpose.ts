import { z } from 'zod'
import { type GrantKindName, grantKindSchema, largestObject } from '../../shared/broker-api.ts'
import { largestSingleRequest } from '../../shared/broker-uploads.ts'
import { objectOptionsSchema } from '../../shared/object-options.ts'
import { purposeNameSchema } from '../../shared/transfer.ts'
import { dropTemplate, keyTemplateProblems } from '../grants/key-template.ts'
import { conditionsSchema } from './conditions.ts'

const keyTemplateSchema = z
  .strictObject({ prefix: z.string(), suffix: z.string() })
  .superRefine((template, context) => {
    for (const { field, message } of keyTemplateProblems(template)) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })

/** `image/png`, or `image/*`. */
const contentTypeSchema = z.string().regex(/^[a-z0-9][\w.+-]*\/([a-z0-9][\w.+-]*|\*)$/, 'must be a media type')

/** Who may use a purpose: whoever is named in one of the lists; without any list everyone who can sign in. */
const allowSchema = z.strictObject({
  subjects: z.array(z.string().min(1)).optional(),
  scopes: z.array(z.string().min(1)).optional(),
  groups: z.array(z.string().min(1)).optional(),
})

const signs = (kind: GrantKindName | undefined): boolean => kind === 'single_request' || kind === 'presigned_multipart'

export const purposeSchema = z
  .strictObject({
    name: purposeNameSchema,
    /** Shown to people. */
    label: z.string().min(1).max(200),
    /** Default: `assumed_role` where `sts.roleArn` is set, else `federation_token`. */
    kind: grantKindSchema.optional(),
    /** How `single_request` signs: a PUT, or a POST form whose size and type the store itself checks. */
    method: z.enum(['put', 'post']).default('put'),
    keyTemplate: keyTemplateSchema.default(dropTemplate),
    /** The largest file in bytes. */
    maxSize: z.int().min(0).max(largestObject).optional(),
    contentTypes: z.array(contentTypeSchema).min(1).optional(),
    options: z.strictObject(objectOptionsSchema.shape).default({}),
    conditions: conditionsSchema.default({}),
    allow: allowSchema.optional(),
    /** Whether people may invite others to it. */
    invitations: z.boolean().default(false),
  })
  .refine(({ kind, maxSize = 0 }) => kind !== 'single_request' || maxSize <= largestSingleRequest, {
    path: ['maxSize'],
    message: `must be at most ${largestSingleRequest} for single requests, which cannot be resumed`,
  })
  .refine(({ kind, invitations }) => !invitations || kind === 'single_request' || kind === 'presigned_multipart', {
    path: ['invitations'],
    message: 'are for the kinds single_request and presigned_multipart: with credentials no budget would hold',
  })
  .refine(({ kind, method }) => method === 'put' || kind === 'single_request', {
    path: ['method'],
    message: 'is for the kind single_request',
  })
  .refine(({ kind, conditions }) => !signs(kind) || Object.keys(conditions).length === 0, {
    path: ['conditions'],
    message: 'are of credentials, which this kind does not hand out; put them into the bucket policy',
  })
  .refine(({ method, options }) => method === 'put' || options.createOnly !== true, {
    path: ['options', 'createOnly'],
    message: 'cannot be demanded of a POST form',
  })
  .refine(({ method, options }) => method === 'put' || !(options.objectLock || options.legalHold), {
    path: ['method'],
    message: 'must be put for objects that are locked',
  })
  .transform(({ maxSize, ...purpose }) => ({
    ...purpose,
    maxSize: maxSize ?? (purpose.kind === 'single_request' ? largestSingleRequest : largestObject),
  }))
