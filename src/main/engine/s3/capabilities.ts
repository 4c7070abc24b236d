/**
 * What stores do and do not do: `checksum_echo`: answers with the checksum of what it received · `full_object`: keeps the
 * checksum of the whole object of a multipart upload · `conditional_writes`: takes `If-None-Match`.
 */
export type Capability = 'checksum_echo' | 'full_object' | 'conditional_writes'

/** What one store was seen to do; nobody configures it. */
export type Capabilities = {
  /** Null: not known, or so long ago that it is tried again. */
  known(capability: Capability): boolean | null
  learned(capability: Capability, supported: boolean): void
}
