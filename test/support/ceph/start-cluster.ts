import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { waitFor } from '../../../scripts/wait-for.ts'
import { cephConfiguration } from './ceph-configuration.ts'
import type { Programs } from './programs.ts'
import type { CephAccess } from './start-ceph.ts'

const user = 'owner'
const role = 'uploader'
/** ms */
const patience = 30_000

/** Starts monitor, OSD and gateway with their data in `folder`; resolves when S3 and STS answer. */
export async function startCluster(folder: string, programs: Programs): Promise<CephAccess> {
  const ports = { monitor: await freePort(), gateway: await freePort() }
  const file = (name: string) => join(folder, name)
  for (const name of ['monitor', 'osd']) mkdirSync(file(name))
  writeFileSync(file('keyring'), '')
  writeFileSync(file('ceph.conf'), cephConfiguration(folder, ports))
  const fsid = randomUUID()
  const cluster = ['--conf', file('ceph.conf'), '--fsid', fsid]

  const monitor = ['--addv', 'a', `[v2:127.0.0.1:${ports.monitor}]`]
  await programs.run('monmaptool', ['--create', '--fsid', fsid, ...monitor, file('monitor-map')])
  await programs.run('ceph-mon', ['--mkfs', ...cluster, '--id', 'a', '--monmap', file('monitor-map')])
  programs.serve('ceph-mon', ['--foreground', ...cluster, '--id', 'a'])

  const osd = randomUUID()
  await programs.run('ceph', ['osd', 'new', osd, '0', '--conf', file('ceph.conf'), '--connect-timeout', '20'])
  await programs.run('ceph-osd', ['--mkfs', ...cluster, '--id', '0', '--osd-uuid', osd])
  programs.serve('ceph-osd', ['--foreground', ...cluster, '--id', '0'])

  const keys = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(20).toString('hex') }
  const administer = (command: string, fields: Readonly<Record<string, string>>) => {
    const options = Object.entries(fields).map(([name, value]) => `--${name}=${value}`)
    return programs.run('radosgw-admin', [...command.split(' '), ...options, ...cluster])
  }
  await administer('user create', {
    uid: user,
    'display-name': user,
    'access-key': keys.accessKeyId,
    'secret-key': keys.secretAccessKey,
  })
  const owner = { AWS: [`arn:aws:iam:::user/${user}`] }
  await administer('role create', {
    'role-name': role,
    'assume-role-policy-doc': policy({ Action: ['sts:AssumeRole'], Principal: owner }),
  })
  await administer('role-policy put', {
    'role-name': role,
    'policy-name': 'all',
    'policy-doc': policy({ Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }),
  })

  programs.serve('radosgw', ['--foreground', ...cluster, '--name', 'client.gateway'])
  const endpoint = `http://127.0.0.1:${ports.gateway}`
  const answers = async () => (await fetch(endpoint).catch(() => null)) !== null
  await Promise.race([waitFor('the gateway to answer', patience, answers), programs.failed])
  return { endpoint, ...keys, roleArn: `arn:aws:iam:::role/${role}` }
}

const policy = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })

/** Of loopback, chosen by the system. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
