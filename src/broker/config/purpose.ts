import { z } from 'zod'
import { contentTypeSchema, type GrantKindName, grantKindSchema, largestObject } from '../../shared/broker-api.ts'
import { carriesCredentials, kinds } from '../../shared/broker-kinds.ts'
import { objectOptionsSchema } from '../../shared/object-options.ts'
import { purposeNameSchema } from '../../shared/transfer.ts'
import { conditionsSchema } from '../policy/conditions.ts'
import { dropTemplate, keyTemplateProblems } from '../policy/key-template.ts'

const keyTemplateSchema = z
  .strictObject({ prefix: z.string(), suffix: z.string() })
  .superRefine((template, context) => {
    for (const { field, message } of keyTemplateProblems(template)) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })

const namesSchema = z.array(z.string().min(1)).min(1).optional()
/** Who may use a purpose: whoever is named in one of the lists. */
const allowSchema = z
  .strictObject({ subjects: namesSchema, scopes: namesSchema, groups: namesSchema })
  .refine(
    (allow) => Object.values(allow).some((names) => names !== undefined),
    'must have subjects, scopes or groups; without allow a purpose is for everyone',
  )

/** Left out, a kind is one with credentials. */
const signs = (kind?: GrantKindName): boolean => kind !== undefined && !carriesCredentials(kind)

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
    /** Left out: for everyone who can sign in. */
    allow: allowSchema.optional(),
    /** Whether people may invite others to it. */
    invitations: z.boolean().default(false),
  })
  .refine(({ kind, maxSize = 0 }) => kind !== 'single_request' || maxSize <= kinds[kind].largest, {
    path: ['maxSize'],
    message: `must be at most ${kinds.single_request.largest} for single requests, which cannot be resumed`,
  })
  .refine(({ kind, invitations }) => !invitations || signs(kind), {
    path: ['invitations'],
    message: 'are for the kinds single_request and presigned_multipart: with credentials no budget would hold',
  })
  .refine(({ keyTemplate, invitations }) => !invitations || keyTemplate.prefix.includes('{uuid}'), {
    path: ['keyTemplate', 'prefix'],
    message: 'must hold {uuid} for invitations, else all who hold one could write over each other',
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
    maxSize: maxSize ?? (purpose.kind === undefined ? largestObject : kinds[purpose.kind].largest),
  }))
