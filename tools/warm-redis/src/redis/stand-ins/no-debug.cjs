// In the place of ioredis's debug log: nobody can turn it on here, and it would look at the terminal at each start.
const silent = () => {}
silent.enabled = false
exports.default = () => silent
exports.genRedactedString = (text) => text
