// In place of what undici loads for requests that we never make: HTTP/2, fetch bodies, forms, machines without SIMD.
module.exports = () => {
  throw new Error('left out of this bundle')
}
