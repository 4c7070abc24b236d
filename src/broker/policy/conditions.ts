import { z } from 'zod'

const cidr = z.union([z.cidrv4(), z.cidrv6()], 'must be a range of IP addresses (CIDR)')

/**
 * What a purpose's session policy demands of each request besides its key. Through a VPC endpoint a request has no source
 * IP: where both lists are given, one of them must fit.
 */
export const conditionsSchema = z.strictObject({
  sourceIps: z.array(cidr).min(1).optional(),
  vpcEndpoints: z
    .array(z.string().regex(/^vpce-[0-9a-f]+$/, 'must be the id of a VPC endpoint'))
    .min(1)
    .optional(),
  /** Only over TLS. */
  secureTransport: z.boolean().optional(),
})
export type Conditions = z.output<typeof conditionsSchema>
