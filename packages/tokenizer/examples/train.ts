import { createStreamDecoder, createTokenizer, decodeCells, trainByteLevelBpe } from '@palimpsest/tokenizer';

const documents = ['The fox sat by the well.', 'The fox found the lantern by the old well.'];
const files = trainByteLevelBpe({ documents, vocabularySize: 300 }); // saveTokenizer(directory, files) keeps them
const tokenizer = createTokenizer(files); // loadTokenizer(directory) opens what was kept
console.log(tokenizer.vocabularySize, JSON.stringify(tokenizer.special));

const ids = tokenizer.encode('The fox found <|end|>.'); // what a user types stays text
console.log(ids.includes(tokenizer.special.end!), tokenizer.decode(ids));

const stream = createStreamDecoder(tokenizer);
const pieces = Array.from(tokenizer.encode('The 狐'), (id) => stream.push([id])); // one character, three tokens
console.log(JSON.stringify(pieces), stream.pending);

ids[1] = tokenizer.special.mask!;
console.log(JSON.stringify(decodeCells(tokenizer, ids)));
