#!/bin/sh
# The main job on a copy of the sample site: a first run, then the draft is published and announced.
set -eu
publisher=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
rm -rf demo
mkdir demo
cp -R posts config.toml demo/
cd demo
echo "== 1. The sample site, for the first time: feeds are written, everything found is baseline"
"$publisher" build
echo
echo "== 2. A draft is published: 'draft: true' becomes 'draft: false', and the file is saved"
sed 's/^draft: true$/draft: false/' posts/how-to-publish-a-draft.md > posts/.new && mv posts/.new posts/how-to-publish-a-draft.md
"$publisher" subscribers add reader@example.com --consent "for this demo"
"$publisher" run --once
echo
echo "== 3. Nothing changed: nothing is written"
"$publisher" build
echo
page=$(ls newsletters/*how-to-publish*/issue.html)
echo "Open it   demo/$page"
echo "Mail      demo/maildir/new/ (the message that reader@example.com would get)"
echo "Feeds     demo/public/feed.xml  demo/public/atom.xml  demo/public/feed.json"
echo "Go on     cd demo && ../.venv/bin/publisher run     then edit a file in demo/posts and watch"
