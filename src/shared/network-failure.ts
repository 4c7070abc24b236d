import type { FailureKind } from './failure.ts'

const noNetwork = ['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']

/** Why Node refuses a server's certificate (its documentation of TLS, "X509 certificate error codes"). */
const untrustedCertificate = [
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]

/** This machine's own limits. */
const noHandles = ['EMFILE', 'ENFILE']

const kinds: ReadonlyMap<string, FailureKind> = new Map([
  ...noNetwork.map((code) => [code, 'offline'] as const),
  ...noHandles.map((code) => [code, 'too_many_open_files'] as const),
  ...untrustedCertificate.map((code) => [code, 'certificate_untrusted'] as const),
])

/** What the code of a connection that failed means, whoever it was to; null where it depends on that. */
export const networkFailureOf = (code: string): FailureKind | null => kinds.get(code) ?? null
