/** What a probe can ask. */
export const probes = ['startupz', 'livez', 'readyz'] as const
