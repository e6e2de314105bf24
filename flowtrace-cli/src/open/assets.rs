//! The files of the page. A module stands behind those that it imports.

/// A file of the page.
pub(super) struct Asset {
    /// Where it is asked for.
    pub(super) path: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

const STYLE: &str = "text/css; charset=utf-8";
pub(super) const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page itself.
pub(super) const INDEX: Asset =
    Asset { path: "/", kind: "text/html; charset=utf-8", text: include_str!("page/index.html") };

macro_rules! files {
    ($($kind:ident $path:literal)*) => {
        &[$(Asset { path: concat!("/", $path), kind: $kind, text: include_str!(concat!("page/", $path)) }),*]
    };
}

/// What it loads.
pub(super) const FILES: &[Asset] = files! {
    STYLE "css/theme.css"
    STYLE "css/frame.css"
    STYLE "css/views.css"
    SCRIPT "dom.js"
    SCRIPT "text.js"
    SCRIPT "flags.js"
    SCRIPT "embedded/store.js"
    SCRIPT "embedded/match.js"
    SCRIPT "embedded/parse.js"
    SCRIPT "embedded/select.js"
    SCRIPT "embedded/sums.js"
    SCRIPT "embedded/compare.js"
    SCRIPT "embedded/roots.js"
    SCRIPT "embedded/step.js"
    SCRIPT "embedded/bars.js"
    SCRIPT "embedded/follow.js"
    SCRIPT "embedded/answers.js"
    SCRIPT "ask.js"
    SCRIPT "trace.js"
    SCRIPT "state.js"
    SCRIPT "chips.js"
    SCRIPT "step.js"
    SCRIPT "details/place.js"
    SCRIPT "details/source.js"
    SCRIPT "details/value.js"
    SCRIPT "details/panel.js"
    SCRIPT "help.js"
    SCRIPT "keys.js"
    SCRIPT "live.js"
    SCRIPT "search.js"
    SCRIPT "colour.js"
    SCRIPT "theme.js"
    SCRIPT "views/start.js"
    SCRIPT "views/compare.js"
    SCRIPT "views/flame.js"
    SCRIPT "views/follow.js"
    SCRIPT "views/requests.js"
    SCRIPT "views/table.js"
    SCRIPT "timeline/bars.js"
    SCRIPT "timeline/layout.js"
    SCRIPT "timeline/legend.js"
    SCRIPT "timeline/scale.js"
    SCRIPT "timeline/pointer.js"
    SCRIPT "timeline/paint.js"
    SCRIPT "timeline/tip.js"
    SCRIPT "views/timeline.js"
    SCRIPT "views/tree_row.js"
    SCRIPT "views/tree.js"
    SCRIPT "main.js"
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_module_stands_behind_those_that_it_imports() {
        let mut seen = HashSet::new();
        for asset in FILES.iter().filter(|asset| asset.kind == SCRIPT) {
            let folder = Path::new(asset.path).parent().unwrap();
            for line in asset.text.lines().filter(|line| line.starts_with("import ")) {
                let from = line.split('"').nth(1).unwrap();
                let import = match from.strip_prefix("../") {
                    Some(above) => Path::new("/").join(above),
                    None => folder.join(from.strip_prefix("./").unwrap()),
                };
                assert!(seen.contains(&import), "{} imports {from} before it is there", asset.path);
            }
            seen.insert(Path::new(asset.path).to_owned());
        }
    }

    #[test]
    fn no_two_modules_use_one_name() {
        let mut names = HashSet::new();
        for asset in FILES.iter().filter(|asset| asset.kind == SCRIPT) {
            for line in asset.text.lines() {
                let line = line.strip_prefix("export ").unwrap_or(line);
                let line = line.strip_prefix("async ").unwrap_or(line);
                let declared = ["function ", "const ", "let ", "class "];
                let Some(rest) = declared.iter().find_map(|word| line.strip_prefix(word)) else { continue };
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                assert!(names.insert(name), "{} declares {name} again", asset.path);
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/open/page");
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in next.read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = format!("/{}", path.strip_prefix(&folder).unwrap().display());
                let is_served = name == "/index.html" || FILES.iter().any(|asset| asset.path == name);
                assert!(is_served, "{name} is not in the list");
            }
        }
    }
}
