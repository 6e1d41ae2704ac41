# SPDX-License-Identifier: ISC
# bash completion for kiln. It asks the kiln that is being called, so it knows what that one knows: see host/kiln/complete.c.

_kiln()
{
	local rest=$COMP_LINE space word before line i
	local -a words=()

	# bash cuts words at = and : as well; those that have no blank between them are one of kiln's.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		space=${rest%%[![:space:]]*}
		rest=${rest#"$space"}
		rest=${rest#"${COMP_WORDS[i]}"}
		if ((i > 1)) && [[ -z $space && -n ${COMP_WORDS[i]} ]]; then
			words[-1]+=${COMP_WORDS[i]}
		elif ((i > 0)); then
			words+=("${COMP_WORDS[i]}")
		fi
	done
	word=${words[-1]}
	# What is replaced is only what follows the last such cut.
	before=${word%"${COMP_WORDS[COMP_CWORD]}"}
	[[ ${COMP_WORDS[COMP_CWORD]} == [=:]* ]] && before=$word
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "${word##*=}") ;;
		:dirs) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "${word##*=}") ;;
		:variables) mapfile -t COMPREPLY < <(compgen -e -- "$word") ;;
		*) COMPREPLY+=("${line#"$before"}") ;;
		esac
		case $line in
		:files | :dirs) compopt -o filenames 2>/dev/null ;;
		:variables) compopt -o nospace 2>/dev/null ;;
		*[=:]) compopt -o nospace 2>/dev/null ;;
		esac
	done < <("${1/#\~/${HOME-}}" __complete "${words[@]}" 2>/dev/null)
}

complete -F _kiln kiln
