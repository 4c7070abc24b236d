import { isInPath } from './system-libraries.ts'

const packages = 'radosgw ceph-mon ceph-osd ceph-common'
const programs = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool']

/** Throws with what to install where a Ceph cannot be run. */
export async function requireCeph(): Promise<void> {
  const present = await Promise.all(programs.map(isInPath))
  const missing = programs.filter((_program, index) => !present[index])
  if (missing.length === 0) return
  throw new Error(
    `Ceph is not installed here: there is no ${missing.join(', ')}. On Debian, as root, run:\n\n` +
      `  apt-get install --yes --no-install-recommends ${packages}\n`,
  )
}
