/**
 * Scripts by which shells complete the command line, made of the commands themselves: a new command or choice is completed
 * without anybody thinking of it.
 *
 * A generator of our own: what there is for this (omelette, tabtab, @bomb.sh/tab) starts the program at every press of the
 * key, which takes longer than people wait, or has to be told each command again. The scripts are whole and start nothing.
 */
import type { Command } from 'commander';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { type Place, placesOf } from './places.ts';
import { zsh } from './zsh.ts';

const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', (places: readonly Place[]) => string>> = { bash, zsh, fish };

/** The script of a shell, to be put where the shell looks for it. */
export const completion = (root: Command, shell: keyof typeof SCRIPTS): string => SCRIPTS[shell](placesOf(root));
