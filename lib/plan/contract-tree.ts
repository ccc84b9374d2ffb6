/* eslint-disable @typescript-eslint/no-require-imports -- policies are read where an end is announced */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DEFAULT_CLASSIFICATION, isClassification } from '../contract/classification';
import { type Contract, type LoadedContract } from '../contract/contract';
import { type DiffSide } from '../contract/diff/context';
import { valueAt } from '../contract/document-path';
import { type Notice } from '../contract/ending';
import { loadContract, parseContract } from '../contract/load-contract';
import { type Problem } from '../contract/problem';
import { parseVocabulary } from '../contract/vocabulary';
import { parseYaml } from '../contract/yaml-file';
import type * as HoldingNotice from './lifecycle/notice';
import type * as MeshFile from './mesh/mesh';
import { contractsBelow, isContractFile, isHidden } from './product-files';
import { findMeshRoot } from './workspace';

/** The contracts of a file, a folder or a commit, and what they are read in. */
export interface ContractTree {
  readonly contracts: readonly Contract[];
  /** Of contracts that cannot be read; nobody could deploy them. */
  readonly problems: readonly Problem[];
  readonly surroundings: DiffSide;
  /** Where a contract stands in the tree: the same in two trees for the same file. */
  placeOf(contract: Contract): string;
  /** Lays out the whole mesh that the tree is of, as it was, in a folder; undefined where it is on disk. */
  readonly layOut?: (folder: string) => void;
}

/** What git answered where it could not say what was asked. */
export class GitRefusal extends Error {}

/** A contract, or all below a folder, on disk. Files are named from `cwd`. */
export function treeOnDisk(target: string, cwd: string): ContractTree {
  return treesOnDisk([target], cwd)[0];
}

/** The same of several; what those of one mesh are read in is read once. One that is in no mesh is read in that of another. */
export function treesOnDisk(targets: readonly string[], cwd: string): ContractTree[] {
  const text = (file: string): string | undefined => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined);
  const read = new Map<string, DiffSide>();
  const folderOf = (target: string): string => (fs.statSync(target).isDirectory() ? target : path.dirname(target));
  const isMesh = (root: string): boolean => fs.existsSync(path.join(root, 'mesh.yaml'));
  const mesh = targets.map((target) => findMeshRoot(folderOf(target))).find(isMesh);
  return targets.map((target) => {
    const folder = folderOf(target);
    const isFolder = folder === target;
    const own = findMeshRoot(folder);
    const root = isMesh(own) ? own : mesh ?? own;
    const vocabulary = path.join(root, 'contracts', 'vocabulary.yaml');
    const side = read.get(root) ?? surroundings({ mesh: text(path.join(root, 'mesh.yaml')), vocabulary: text(vocabulary), vocabularyFile: path.relative(cwd, vocabulary) });
    read.set(root, side);
    const files = isFolder ? contractsBelow(target) : [target];
    return tree(files.map((file) => ({ place: path.relative(folder, file), load: () => loadContract(file, path.relative(cwd, file)) })), side);
  });
}

/** The same file or folder as it was in a commit, which git names: a branch, a tag, a hash. */
export function treeInGit(ref: string, target: string): ContractTree {
  const isFolder = fs.statSync(target).isDirectory();
  const folder = fs.realpathSync(isFolder ? target : path.dirname(target));
  const top = git(folder, ['rev-parse', '--show-toplevel']).toString('utf8').trim();
  const commit = commitOf(ref, top);
  const inside = (file: string): string => path.relative(top, file).split(path.sep).join('/');
  const [below, root] = [inside(folder), findMeshRoot(folder)];
  const listed = git(top, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit, ...below === '' ? [] : ['--', `${below}/`]]).toString('utf8').split('\0');
  const wanted = isFolder ? listed.filter((file) => isContractFile(file) && !file.slice(below.length).split('/').some(isHidden))
    : listed.filter((file) => file === inside(path.join(folder, path.basename(target))));
  const beside = [path.join(root, 'mesh.yaml'), path.join(root, 'contracts', 'vocabulary.yaml')].map(inside);
  const texts = blobs(top, [...wanted, ...beside].map((file) => `${commit}:${file}`));
  const found = tree(wanted.map((file, index) => ({ place: path.posix.relative(below, file), load: () => parseContract(texts[index] ?? '', `${ref}:${file}`) })),
    surroundings({ mesh: texts[wanted.length], vocabulary: texts[wanted.length + 1], vocabularyFile: `${ref}:${beside[1]}` }));
  return { ...found, layOut: (into) => layOut(commit, top, inside(root), into) };
}

/** Files of a mesh that are read; whatever else its pipelines name only has to be there. */
const IS_READ = /\.(?:ya?ml|sql)$/i;

function layOut(commit: string, top: string, root: string, into: string): void {
  const listed = git(top, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit, ...root === '' ? [] : ['--', `${root}/`]]).toString('utf8').split('\0');
  const files = listed.filter((file) => file !== '' && !path.posix.relative(root, file).split('/').some(isHidden));
  const read = files.filter((file) => IS_READ.test(file));
  const texts = new Map(blobs(top, read.map((file) => `${commit}:${file}`)).map((text, index) => [read[index], text]));
  for (const file of files) {
    const target = path.join(into, path.posix.relative(root, file));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, texts.get(file) ?? '');
  }
}

/** Versions of a file that are looked through for one. */
const MOST_VERSIONS = 1000;

/** A contract as it was in the newest commit, of those that HEAD follows from, in which it is the one that is meant; undefined where there is none. */
export function contractInHistory(file: string, isMeant: (contract: Contract) => boolean): ContractTree | undefined {
  const folder = fs.realpathSync(path.dirname(file));
  const top = git(folder, ['rev-parse', '--show-toplevel']).toString('utf8').trim();
  const inside = path.relative(top, path.join(folder, path.basename(file))).split(path.sep).join('/');
  const commits = git(top, ['log', `--max-count=${MOST_VERSIONS}`, '--format=%H', '--', inside]).toString('utf8').split('\n').filter((line) => line !== '');
  const texts = commits.length === 0 ? [] : blobs(top, commits.map((commit) => `${commit}:${inside}`));
  const found = commits.find((_commit, index) => {
    const loaded = texts[index] === undefined ? undefined : parseContract(texts[index], inside);
    return loaded?.ok === true && isMeant(loaded.contract);
  });
  return found === undefined ? undefined : treeInGit(found, file);
}

interface File {
  readonly place: string;
  readonly load: () => LoadedContract;
}

function tree(files: readonly File[], side: DiffSide): ContractTree {
  const contracts: Contract[] = [];
  const problems: Problem[] = [];
  const places = new Map<Contract, string>();
  for (const { place, load } of files) {
    const loaded = load();
    if (!loaded.ok) problems.push(...loaded.problems);
    else {
      contracts.push(loaded.contract);
      places.set(loaded.contract, place);
    }
  }
  return { contracts, problems, surroundings: side, placeOf: (contract) => places.get(contract) ?? contract.file };
}

/** What is wrong with mesh.yaml or the vocabulary is for `mesh validate` to say. */
function surroundings({ mesh, vocabulary, vocabularyFile }: { readonly mesh: string | undefined; readonly vocabulary: string | undefined; readonly vocabularyFile: string }): DiffSide {
  const read = mesh === undefined ? undefined : parseYaml(mesh, 'mesh.yaml');
  const loaded = vocabulary === undefined ? undefined : parseVocabulary(vocabulary, vocabularyFile);
  return {
    notice: (contract) => noticeIn(mesh, contract),
    vocabulary: loaded?.ok === true ? loaded.vocabulary : undefined,
    classification: (domain) => {
      const written = read?.ok === true && domain !== undefined ? valueAt(read.value, ['domains', domain, 'classification']) : undefined;
      return isClassification(written) ? written : DEFAULT_CLASSIFICATION;
    },
  };
}

/** Asked where an end is announced: few comparisons have to read all of mesh.yaml for it. */
function noticeIn(mesh: string | undefined, contract: Contract): Notice | undefined {
  const { noticeThatHolds } = require('./lifecycle/notice') as typeof HoldingNotice;
  const { parseMesh } = require('./mesh/mesh') as typeof MeshFile;
  const loaded = mesh === undefined ? undefined : parseMesh(mesh, 'mesh.yaml');
  return noticeThatHolds(contract, loaded?.ok === true ? loaded.mesh : undefined);
}

function commitOf(ref: string, top: string): string {
  try {
    return git(top, ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`]).toString('utf8').trim();
  } catch (error) {
    throw error instanceof GitRefusal ? new GitRefusal(`there is no commit ${ref} in ${top}`) : error;
  }
}

/** The contents of files, all in one question: undefined where a commit has none. */
function blobs(folder: string, names: readonly string[]): (string | undefined)[] {
  const answer = git(folder, ['cat-file', '--batch'], `${names.join('\n')}\n`);
  let at = 0;
  return names.map(() => {
    const end = answer.indexOf(10, at);
    const [, kind, size] = answer.toString('utf8', at, end).split(' ');
    at = end + 1;
    if (kind !== 'blob') return undefined;
    const text = answer.toString('utf8', at, at + Number(size));
    at += Number(size) + 1;
    return text;
  });
}

/** Answers a question that git is asked in a folder: about that folder, even where a hook runs us for another. */
function git(folder: string, args: readonly string[], input?: string): Buffer {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX)$/.test(name)));
  const { error, status, stdout, stderr } = spawnSync('git', args, { cwd: folder, env, maxBuffer: 2 ** 30, ...input !== undefined && { input } });
  if (error !== undefined) throw new GitRefusal(`git cannot be run: ${error.message}`);
  if (status !== 0) throw new GitRefusal(stderr.toString('utf8').trim().split('\n')[0].replace(/^(?:fatal|error): /, '') || `git ${args[0]} found nothing`);
  return stdout;
}
