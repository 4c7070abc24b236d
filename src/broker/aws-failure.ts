/** Why AWS refused or did not answer, for the log: names and numbers only, since its messages may repeat what was signed. */
export type AwsFailure = {
  readonly operation: string
  readonly name: string
  readonly status: number | null
  readonly requestId: string | null
}

/** Reads what an SDK client threw. */
export const awsFailure = (operation: string, error: unknown): AwsFailure => {
  const { name, code, $metadata } = error as {
    name?: string
    code?: string
    $metadata?: { httpStatusCode?: number; requestId?: string }
  }
  return {
    operation,
    name: code ?? name ?? 'unknown',
    status: $metadata?.httpStatusCode ?? null,
    requestId: $metadata?.requestId ?? null,
  }
}
