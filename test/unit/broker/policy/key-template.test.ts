// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are hostile input here
import { describe, expect, it } from 'vitest'
import { dropTemplate, keyTemplateProblems, samplePrefixOf } from '../../../../src/broker/policy/key-template.ts'
import { prefixOf } from '../../../../src/broker/policy/keys.ts'

const fieldsRefused = (prefix: string, suffix: string) =>
  [...new Set(keyTemplateProblems({ prefix, suffix }).map(({ field }) => field))].sort()

describe('a key template', () => {
  it.each([
    [dropTemplate.prefix, dropTemplate.suffix],
    ['drops/{date}/{uuid}/', '{id}'],
    ['people/{userHash}/', '{id}-{name}'],
    ['a.b/{uuid}/', '{path}/{id}'],
    ['folders/{userHash}/{folderHash}/', '{path}'],
    ['folders/{userHash}/{folderHash}/{date}/', 'as/{path}'],
    ['folders/{userHash}/{folderHash}/', '{id}/{name}'],
  ])('is accepted: %s %s', (prefix, suffix) => {
    expect(keyTemplateProblems({ prefix, suffix })).toEqual([])
  })

  it.each([
    ['text of the client in the prefix', '{uuid}/{name}/', '{id}'],
    ['a path of the client in the prefix', '{userHash}/{path}/', '{id}'],
    ['the id of a file in the prefix', '{uuid}/{id}/', '{id}'],
    ['an unknown placeholder', '{uuid}/{bucket}/', '{id}'],
    ['a wildcard', 'drops*/{uuid}/', '{id}'],
    ['a policy variable', '${aws:username}/{uuid}/', '{id}'],
    ['a quote', '"/{uuid}/', '{id}'],
    ['a broken placeholder', '{uuid/{userHash}/', '{id}'],
    ['no slash at the end', 'drops/{uuid}', '{id}'],
    ['nothing that tells people apart', 'drops/{date}/', '{id}'],
    ['a segment that goes up', 'drops/../{uuid}/', '{id}'],
    ['an empty segment', 'drops//{uuid}/', '{id}'],
    ['a slash at the start', '/{uuid}/', '{id}'],
    ['nothing at all', '', '{id}'],
  ])('is refused with %s in its prefix', (_what, prefix, suffix) => {
    expect(fieldsRefused(prefix, suffix)).toEqual(['prefix'])
  })

  it('is refused without {id} for a folder where names, not paths, make the key', () => {
    expect(fieldsRefused('folders/{userHash}/{folderHash}/', '{name}')).toEqual(['suffix'])
    expect(fieldsRefused('folders/{folderHash}/', '{path}')).toEqual(['prefix'])
  })

  it('says how long its prefixes are', () => {
    const template = { prefix: 'in/{date}/{userHash}/{folderHash}/{uuid}/', suffix: '{id}' }
    const prefix = prefixOf(template, {
      signingSecret: 'a secret of the tests, 32 bytes long',
      subject: 'user-1',
      purpose: 'drop',
      firstFileId: '0b1f3f9e-58a0-4c0d-9f0e-0d9a6a1e2c3d',
      folder: '0b1f3f9e-58a0-4c0d-9f0e-0d9a6a1e2c3d',
      now: 0,
    })
    expect(samplePrefixOf(template)).toHaveLength(prefix.length)
  })

  it.each([
    ['keys that two files could share', '{path}'],
    ['nothing', ''],
    ['two texts of the client', '{id}/{path}/{name}'],
    ['a wildcard', '{id}/*'],
    ['a placeholder of the prefix', '{id}/{userHash}'],
    ['a folder’s hash', '{id}/{folderHash}'],
    ['an empty segment', '{id}//{name}'],
    ['a segment that goes up', '../{id}'],
    ['so much text that no name fits', `${'a'.repeat(500)}/{id}`],
  ])('is refused with %s in its suffix', (_what, suffix) => {
    expect(fieldsRefused('drops/{uuid}/', suffix)).toEqual(['suffix'])
  })
})
