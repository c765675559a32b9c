// In the place of ioredis's table of 400 commands, from which it makes a method for each and each reply: what it asks
// for by itself when it logs in. Everything else goes by `call`.
exports.list = ['auth', 'select']
exports.exists = () => false
exports.hasFlag = () => false
exports.getKeyIndexes = () => []
