// In place of the package of this name, which has no licence text: isomorphic-git has it suggest a better name for a bad one.
exports.clean = () => 'another name'
