import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, type ScalarTag } from 'yaml'
import { readConfig } from '../../../src/broker/config/read-config.ts'
import { variables } from '../../../src/broker/config/variables.ts'
import { sessionPolicy } from '../../../src/broker/policy/session-policy.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** All values inside of one, itself included. */
const within = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(within)] : [value]

class Reference {
  readonly names: readonly string[]
  constructor(names: readonly string[]) {
    this.names = names
  }
}
const scalar = (tag: string, namesIn: (text: string) => readonly string[]): ScalarTag => ({
  tag,
  resolve: (text: string) => new Reference(namesIn(text)),
})
const tags = [
  scalar('!Ref', (text) => [text]),
  scalar('!GetAtt', (text) => [text]),
  scalar('!Sub', (text) => [...text.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name)),
]
type Resource = { readonly Type: string; readonly DependsOn?: string; readonly Properties?: Record<string, unknown> }
type Container = { readonly Environment: { Name: string; Value: unknown }[]; readonly Secrets: { Name: string }[] }
const template = parse(read('deploy/cloudformation.yaml'), { customTags: tags }) as {
  readonly Parameters: object
  readonly Resources: Readonly<Record<string, Resource>>
}
/** Attributes that the resources have besides their own names (CloudFormation's reference of each type). */
const attributes: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ApiEndpoint'],
  'AWS::IAM::Role': ['Arn'],
  'AWS::S3::Bucket': ['Arn'],
  'AWS::ServiceDiscovery::Service': ['Arn'],
}

describe('the CloudFormation template', () => {
  it('refers to nothing that is not there', () => {
    const references = within(template).flatMap((value) => (value instanceof Reference ? value.names : []))
    expect(references.length).toBeGreaterThan(30)
    const isThere = (reference: string) => {
      if (['AWS::Region', 'AWS::Partition'].includes(reference) || reference in template.Parameters) return true
      const [name = '', attribute] = reference.split('.')
      const resource = template.Resources[name]
      return resource !== undefined && (attribute === undefined || attributes[resource.Type]?.includes(attribute))
    }
    expect(references.filter((reference) => !isThere(reference))).toEqual([])
    for (const { DependsOn } of Object.values(template.Resources))
      if (DependsOn !== undefined) expect(Object.keys(template.Resources)).toContain(DependsOn)
  })

  const actionsOf = (name: string): string[] =>
    within(template.Resources[name]?.Properties?.Policies ?? template.Resources[name]?.Properties?.PolicyDocument)
      .flatMap((value) => (typeof value === 'object' && value !== null && 'Action' in value ? [value.Action] : []))
      .flat() as string[]

  it('lets the role of a grant do what a session policy allows, and nothing else', () => {
    const purpose = { options: {}, conditions: {} }
    const place = { bucket: 'uploads', region: 'eu-central-1' }
    const [statement] = JSON.parse(sessionPolicy(place, 'drops/', purpose, { kms: true })).Statement
    expect(actionsOf('UploaderRole').sort()).toEqual([...statement.Action].sort())
  })

  it('gives the rights that the page on operating names, and no others', () => {
    const page = read('docs/broker/operating.md')
    const rights = page.slice(page.indexOf('### Rights'), page.indexOf('\n## ', page.indexOf('### Rights')))
    const named = (row: string) => {
      const line = rights.split('\n').find((text) => text.startsWith(`| ${row} `)) ?? ''
      return [...line.matchAll(/`([a-z0-9]+:\w+)`/g)].map(([, action]) => action).sort()
    }
    expect(named('the broker').length).toBe(3)
    expect([...actionsOf('BrokerRole'), ...actionsOf('BrokerMayAssume')].sort()).toEqual(named('the broker'))
    expect(actionsOf('UploaderRole').sort()).toEqual(named('the role of its grants'))
    expect(actionsOf('ExecutionRole').sort()).toEqual(named('what starts it'))
  })

  it('configures the broker with what it understands', () => {
    const containers = template.Resources.Task?.Properties?.ContainerDefinitions as Container[] | undefined
    const container = containers?.[0]
    if (container === undefined) throw new Error('no container')
    const samples: Readonly<Record<string, string>> = {
      'Api.ApiEndpoint': 'https://abc.execute-api.eu-central-1.amazonaws.com',
      Issuer: 'https://login.example',
      Audience: 'longshore',
      Purposes: '[{"name":"drop","label":"Drop box"}]',
      Bucket: 'stack-bucket-1a2b3c',
      'AWS::Region': 'eu-central-1',
      'UploaderRole.Arn': 'arn:aws:iam::123456789012:role/stack-UploaderRole-1A2B3C',
    }
    const environment = Object.fromEntries([
      ...container.Environment.map(({ Name, Value }) => [
        Name,
        Value instanceof Reference ? samples[Value.names[0] ?? ''] : Value,
      ]),
      ...container.Secrets.map(({ Name }) => [Name, 's'.repeat(64)]),
    ])
    const config = readConfig({ ...environment, NODE_ENV: 'production' })
    expect(config).toMatchObject({ ok: true, value: { purposes: [{ kind: 'assumed_role' }] } })
  })
})

it('the compose file configures the broker with what it understands, by a secret that is mounted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-deploy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const secret = join(folder, 'secret')
  writeFileSync(secret, `${'ab'.repeat(32)}\n`)
  const { services } = parse(read('deploy/compose.yaml'))
  const { environment, read_only } = services.broker
  expect(environment.LONGSHORE_SIGNING_SECRET_FILE).toBe('/run/secrets/signing_secret')
  expect(readConfig({ ...environment, LONGSHORE_SIGNING_SECRET_FILE: secret })).toMatchObject({
    ok: true,
    value: { purposes: [{ kind: 'assumed_role' }], signingSecret: 'ab'.repeat(32) },
  })
  expect(read_only).toBe(true)
})

it('the image has the packages that the broker imports, and none that only the app needs', () => {
  const dockerfile = read('deploy/Dockerfile')
  const [, uninstalled = ''] = /npm uninstall ([\s\S]*?)\n\n/.exec(dockerfile) ?? []
  const removed = uninstalled.split(/[\s\\]+/).filter((word) => word !== '' && !word.startsWith('--'))
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const sources = ['src/broker', 'src/shared'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  )
  const imported = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/(?:from|import) '((?:@[\w-]+\/)?[\w.-]+)(?:\/[^']*)?'/g)].map(([, name = '']) => name),
    ),
  )
  const kept = Object.keys(dependencies).filter((name) => !removed.includes(name))
  expect(kept.sort()).toEqual(
    Object.keys(dependencies)
      .filter((name) => imported.has(name))
      .sort(),
  )
  expect(removed.filter((name) => !(name in dependencies))).toEqual([])
})

it('every variable of the environment is on the page', () => {
  const page = read('docs/broker/operating.md')
  expect(variables.map(({ variable }) => variable).filter((variable) => !page.includes(`\`${variable}\``))).toEqual([])
})
