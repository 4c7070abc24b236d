/** A field that the environment may give. */
export type Variable = {
  readonly variable: string
  readonly path: readonly [string, string?]
  /**
   * How its text is read; `list`: values with commas between them · `text or list`: a list where it is one of JSON.
   */
  readonly as: 'text' | 'number' | 'boolean' | 'list' | 'text or list' | 'json'
}

const text = (variable: string, ...path: [string, string?]): Variable => ({ variable, path, as: 'text' })
const list = (variable: string, ...path: [string, string?]): Variable => ({ variable, path, as: 'list' })
const number = (variable: string, ...path: [string, string?]): Variable => ({ variable, path, as: 'number' })
const boolean = (variable: string, ...path: [string, string?]): Variable => ({ variable, path, as: 'boolean' })
const json = (variable: string, ...path: [string, string?]): Variable => ({ variable, path, as: 'json' })

/** The file of JSON that holds the configuration's fields. */
export const fileVariable = 'LONGSHORE_BROKER_CONFIG'

/** All others; with `_FILE` behind it, each names a file that holds its text, as containers mount secrets. */
export const variables: readonly Variable[] = [
  text('LONGSHORE_SIGNING_SECRET', 'signingSecret'),
  text('LONGSHORE_BROKER_NAME', 'name'),
  text('LONGSHORE_BROKER_HOST', 'host'),
  number('LONGSHORE_BROKER_PORT', 'port'),
  number('LONGSHORE_METRICS_PORT', 'metricsPort'),
  number('LONGSHORE_DRAIN_SECONDS', 'drainSeconds'),
  text('LONGSHORE_PUBLIC_URL', 'publicUrl'),
  list('LONGSHORE_TRUSTED_PROXIES', 'trustedProxies'),
  text('LONGSHORE_BROKER_LOG_LEVEL', 'logLevel'),
  json('LONGSHORE_BROKER_TOKENS', 'tokens'),
  text('LONGSHORE_OIDC_ISSUER', 'oidc', 'issuer'),
  text('LONGSHORE_OIDC_AUDIENCE', 'oidc', 'audience'),
  text('LONGSHORE_OIDC_AUDIENCE_CLAIM', 'oidc', 'audienceClaim'),
  text('LONGSHORE_OIDC_JWKS_URI', 'oidc', 'jwksUri'),
  list('LONGSHORE_OIDC_ALGORITHMS', 'oidc', 'algorithms'),
  list('LONGSHORE_OIDC_SCOPES', 'oidc', 'scopes'),
  list('LONGSHORE_OIDC_GROUPS', 'oidc', 'groups'),
  { variable: 'LONGSHORE_OIDC_GROUPS_CLAIM', path: ['oidc', 'groupsClaim'], as: 'text or list' },
  text('LONGSHORE_OIDC_LABEL_CLAIM', 'oidc', 'labelClaim'),
  number('LONGSHORE_OIDC_CLOCK_TOLERANCE', 'oidc', 'clockTolerance'),
  json('LONGSHORE_LIMITS', 'limits'),
  text('LONGSHORE_REDIS_URL', 'redisUrl'),
  text('LONGSHORE_DENY_FILE', 'denyFile'),
  json('LONGSHORE_BROKER_PURPOSES', 'purposes'),
  number('LONGSHORE_SESSION_SECONDS', 'sessionSeconds'),
  number('LONGSHORE_RENEW_DAYS', 'renewDays'),
  text('LONGSHORE_BUCKET', 'store', 'bucket'),
  text('LONGSHORE_STORE_ACCESS_POINT', 'store', 'accessPoint'),
  text('LONGSHORE_REGION', 'store', 'region'),
  json('LONGSHORE_STORE_MULTI_REGION', 'store', 'multiRegion'),
  text('LONGSHORE_STORE_ENDPOINT', 'store', 'endpoint'),
  text('LONGSHORE_STORE_PUBLIC_ENDPOINT', 'store', 'publicEndpoint'),
  text('LONGSHORE_STORE_ADDRESSING', 'store', 'addressing'),
  boolean('LONGSHORE_STORE_ACCELERATE', 'store', 'accelerate'),
  boolean('LONGSHORE_STORE_DUAL_STACK', 'store', 'dualStack'),
  text('LONGSHORE_STS_ENDPOINT', 'sts', 'endpoint'),
  text('LONGSHORE_STS_ROLE_ARN', 'sts', 'roleArn'),
  json('LONGSHORE_LINKS', 'links'),
  json('LONGSHORE_WEBHOOKS', 'webhooks'),
]
