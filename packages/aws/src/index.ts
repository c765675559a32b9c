export { type AwsCredentials, type AwsWorld, type CredentialSettings } from './credentials.ts'
export { credentialProvider, findCredentials } from './find-credentials.ts'
export { domainOf, partitionOf } from './region.ts'
export { presign, sha256, sign, type Signer, type SignedHeader, unsignedPayload } from './sign.ts'
