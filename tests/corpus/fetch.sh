#!/bin/bash
# Fetches the files that files.md names from Debian packages into a folder: fetch.sh FOLDER
# Needs apt-get, dpkg-deb and tar; no rights. Says what differs from the table, and goes on.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/files" "$1/work/lists/partial" "$1/work/packages"
out=$(cd "$1" && pwd)
work=$out/work

# Source packages come from where the binary ones do, whether or not the system lists them.
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
	awk '/ main Debian$/ { print "deb-src", $1, $2, $3 }' | sort -u >"$work/sources.list"
keys=(-o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$work/lists")
[ -n "$(find "$work/lists" -name '*Sources*' -print -quit)" ] || apt-get "${keys[@]}" update -q >&2

# Leaves the package's files in a folder and prints it.
unpacked() {
	local name=${1%.*} folder=$work/packages/$1
	if [ ! -e "$folder/done" ]; then
		rm -rf "$folder" && mkdir -p "$folder/tree" && cd "$folder" || return
		case $1 in
		*.deb) apt-get download -q "$name" >&2 && dpkg-deb -x "$name"_*.deb tree ;;
		*.src)
			apt-get "${keys[@]}" source -q --download-only "$name" >&2
			tar -xf "$(find . -name "${name}_*.orig.tar.*" ! -name '*.asc' -print -quit)" -C tree --strip-components=1
			;;
		esac >&2 || return
		rm -f ./*.deb ./*.orig.tar.* && touch done
	fi
	echo "$folder/tree"
}

missed=0
while IFS='|' read -r _ kind file package path _ _ sum _; do
	read -r kind file package path sum <<<"${kind// /_} $file $package $path ${sum:-}"
	[[ $package == *.deb || $package == *.src ]] || continue
	target=$out/files/$file
	if [ ! -s "$target" ]; then
		if ! tree=$(unpacked "$package") || [ ! -f "$tree/$path" ]; then
			echo "$file: not in $package" >&2
			missed=$((missed + 1))
			continue
		fi
		case $path in *.gz) gunzip -c "$tree/$path" ;; *) cat "$tree/$path" ;; esac >"$target"
	fi
	found=$(sha256sum "$target" | cut -c1-16)
	[ "$found" = "$sum" ] || echo "$file: $found, the table has ${sum:-nothing}" >&2
done <"$here/files.md"
echo "$(find "$out/files" -type f | wc -l) files in $out/files, $missed missed"
