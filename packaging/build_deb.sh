#!/usr/bin/env bash
# Packs what PyInstaller built (dist/pedcam) into dist/pedcam_VERSION_ARCHITECTURE.deb:
#
#     packaging/build_deb.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x dist/pedcam/pedcam ]] || {
    echo "error: dist/pedcam is not there: run 'pyinstaller --distpath dist packaging/pedcam.spec' first" >&2
    exit 1
}
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' pedcam/__init__.py)
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -d "$root"/usr/{bin,lib,share/applications,share/doc/pedcam,share/icons/hicolor/{256x256,scalable}/apps}
cp -a dist/pedcam "$root/usr/lib/pedcam"
ln -s ../lib/pedcam/pedcam "$root/usr/bin/pedcam"
install -m 644 packaging/pedcam.desktop "$root/usr/share/applications/pedcam.desktop"
install -m 644 assets/icon.svg "$root/usr/share/icons/hicolor/scalable/apps/pedcam.svg"
install -m 644 assets/icon.png "$root/usr/share/icons/hicolor/256x256/apps/pedcam.png"
install -m 644 LICENSE "$root/usr/share/doc/pedcam/copyright"
chmod -R u+rwX,go+rX,go-w "$root/usr"

install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: pedcam
Version: $version
Architecture: $architecture
Maintainer: pedcam developers <pedcam@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Section: video
Priority: optional
Depends: libc6 (>= 2.28), libgl1, libegl1, libdbus-1-3, libfontconfig1, libxkbcommon-x11-0, libxcb-cursor0, libxcb-icccm4, libxcb-keysyms1, libglib2.0-0 | libglib2.0-0t64
Description: Find pedestrians in live video
 Streams video from a file, a camera or a network stream through a binarized
 pedestrian detector, and trades accuracy for speed and size while it plays.
END
dpkg-deb --root-owner-group -Zxz --build "$root" "dist/pedcam_${version}_${architecture}.deb"
