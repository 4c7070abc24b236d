/** What an invitation says; any replica with the same secret reads it from its token. */
export type Invitation = {
  readonly id: string
  /** Who made it. */
  readonly inviter: { readonly subject: string; readonly label: string }
  readonly purpose: string
  readonly note: string
  /** Epoch ms. */
  readonly expiresAt: number
  /** Of all files together, bytes. */
  readonly maxBytes: number
  readonly maxFiles: number
  /** Of one file; null: as the purpose allows. */
  readonly maxSize: number | null
  readonly contentTypes: readonly string[] | null
}

/** As whom its holder is known: what was sent by an invitation belongs to it, not to the one who made it. */
export const subjectOfInvitation = ({ id }: Pick<Invitation, 'id'>): string => `invitation:${id}`
