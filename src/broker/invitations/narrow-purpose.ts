import type { PurposeSettings } from '../config/config.ts'
import { commonTypes } from '../policy/media-types.ts'
import type { Invitation } from './invitation.ts'

/**
 * The purpose as an invitation allows it: never more than the purpose itself does by now. Null: it is for another one.
 * A signed PUT is good for many objects in a bucket with versions; where the key must be free, for one.
 */
export const narrowPurpose = (purpose: PurposeSettings, invitation: Invitation): PurposeSettings | null => {
  if (!purpose.invitations || purpose.name !== invitation.purpose) return null
  const contentTypes =
    invitation.contentTypes && purpose.contentTypes
      ? commonTypes(invitation.contentTypes, purpose.contentTypes)
      : (invitation.contentTypes ?? purpose.contentTypes)
  return {
    ...purpose,
    options: purpose.method === 'put' ? { ...purpose.options, createOnly: true } : purpose.options,
    maxSize: Math.min(purpose.maxSize, invitation.maxBytes, invitation.maxSize ?? purpose.maxSize),
    ...(contentTypes && { contentTypes: [...contentTypes] }),
  }
}
