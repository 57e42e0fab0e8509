//! What pages of another origin can do with a server, in Chromium: open links, and nothing else.

use std::time::Duration;

use fantoccini::wd::TimeoutConfiguration;
use heapgym_shared::{link, protocol::RunId};
use serde_json::{Value, json};

use crate::support::{
    browser::Browser, client::TestClient, proxy::Proxy, server::TestServer, short_run, site::Site,
};

/// Another port of this machine, which is the same site; and another site.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "evil.localhost"];

/// Tries everything that a page can do with a server. Gives a line for whatever it can tell from a reply.
const ATTACKS: &str = r#"
    const [server, runs, spec, done] = arguments;
    const [a, b] = runs;
    const told = [];
    const within = (promise, otherwise) =>
        Promise.race([promise, new Promise(resolve => setTimeout(() => resolve(otherwise), 20000))]);
    const reads = ['/', '/healthz', '/api/catalog', '/api/runs', `/api/runs/${a}`, `/api/runs/${a}/export.json`,
        `/api/runs/${a}/samples.csv`, `/api/compare/${a}..${b}`, '/api/baselines', `/i/r/${a}.svg`, `/i/r/${a}.png`,
        `/i/c/${a}..${b}.svg`, '/api/nothing'];
    const changes = [['POST', '/api/runs', spec], ['POST', '/api/compare', JSON.stringify({a, b, pairs: 1})],
        ['POST', '/api/runs/import', '{}'], ['PATCH', `/api/runs/${a}`, '{"note": "stolen", "pinned": true}'],
        ['PUT', '/api/baselines/stolen', JSON.stringify({run: a})], ['DELETE', `/api/runs/${a}`, undefined],
        ['POST', `/api/runs/${a}`, '_method=DELETE'], ['POST', `/api/runs/${a}/restore`, undefined]];

    const attempt = async (what, address, init) => {
        try {
            const reply = await fetch(server + address, init);
            const text = await reply.text();
            if (reply.type !== 'opaque' || text || reply.status) told.push(`${what}: ${reply.status} ${text.slice(0, 50)}`);
        } catch (error) {}
    };
    for (const mode of ['cors', 'no-cors', 'same-origin']) {
        for (const credentials of ['include', 'omit']) {
            for (const address of reads) {
                for (const method of ['GET', 'HEAD']) await attempt(`${mode} ${method} ${address}`, address, {mode, method, credentials});
            }
            for (const [method, address, body] of changes) {
                for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json', undefined]) {
                    const headers = type && body !== undefined ? {'content-type': type} : {};
                    await attempt(`${mode} ${method} ${address} as ${type}`, address, {mode, method, body, headers, credentials});
                }
            }
        }
    }
    for (const [, address, body] of changes) navigator.sendBeacon(server + address, body || '');

    const load = (tag, address) => within(new Promise(resolve => {
        const element = document.createElement(tag);
        element.onload = () => resolve(true);
        element.onerror = () => resolve(false);
        if (tag === 'link') element.rel = 'stylesheet';
        element[tag === 'link' ? 'href' : 'src'] = server + address;
        document.body.append(element);
    }), false);
    for (const tag of ['img', 'script', 'link', 'video']) {
        for (const address of reads) if (await load(tag, address)) told.push(`${tag} ${address}`);
    }

    const socket = () => within(new Promise(resolve => {
        const socket = new WebSocket(server.replace('http', 'ws') + '/api/ws');
        socket.onopen = () => resolve(true);
        socket.onclose = () => resolve(false);
    }), false);
    if (await socket()) told.push('websocket');
    const stream = () => within(new Promise(resolve => {
        const stream = new EventSource(server + '/api/runs');
        stream.onopen = () => resolve(true);
        stream.onerror = () => resolve(false);
    }), false);
    if (await stream()) told.push('EventSource');

    done(told);
"#;

/// Submits forms of every kind, each into a frame. Nothing of that can be read here; what they changed is looked at
/// afterwards.
const FORMS: &str = r#"
    const [server, runs, spec, done] = arguments;
    const [a, b] = runs;
    const targets = [['/api/runs', spec], ['/api/compare', JSON.stringify({a, b, pairs: 1})], ['/api/runs/import', '{}'],
        [`/api/runs/${a}`, '_method=DELETE'], [`/api/runs/${a}/restore`, ''], ['/api/baselines/stolen', `{"run":"${a}"}`],
        ['/', ''], ['/api/runs', '']];
    const within = promise => Promise.race([promise, new Promise(resolve => setTimeout(resolve, 20000))]);
    const loaded = element => within(new Promise(resolve => { element.onload = resolve; }));
    const types = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
    for (const [address, body] of targets) {
        for (const method of ['POST', 'GET']) {
            for (const type of types) {
                const frame = document.createElement('iframe');
                frame.name = 'form';
                document.body.append(frame);
                const form = document.createElement('form');
                Object.assign(form, {action: server + address, method, enctype: type, target: frame.name});
                // A text/plain form can be made to read as JSON.
                const isJson = type === 'text/plain' && body.startsWith('{');
                const [name, value] = body.split(/=(.*)/s);
                const field = document.createElement('textarea');
                field.name = isJson ? body.slice(0, -1) + ',"x":"' : name;
                field.value = isJson ? '"}' : value || '';
                form.append(field);
                document.body.append(form);
                const answered = loaded(frame);
                form.submit();
                await answered;
                frame.remove();
            }
        }
    }
    done(document.querySelectorAll('form').length);
"#;

/// Frames of the server's pages. A frame that shows nothing is empty, or has the browser's own page for an error.
const FRAMES: &str = r#"
    const [server, run, done] = arguments;
    const frames = [['iframe', 'src'], ['embed', 'src'], ['object', 'data']].flatMap(([tag, name]) =>
        ['/', `/r/${run}`, `/i/r/${run}.svg`].map(address => {
            const frame = document.createElement(tag);
            frame[name] = server + address;
            frame.className = 'attack';
            document.body.append(frame);
            return new Promise(resolve => { frame.onload = frame.onerror = resolve; setTimeout(resolve, 5000); });
        }));
    Promise.all(frames).then(() => done(document.querySelectorAll('iframe.attack').length));
"#;

/// Two runs that have ended, and a server that has nothing else.
async fn with_two_runs() -> (TestServer, [RunId; 2]) {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut runs = Vec::new();
    for variant in ["naive", "pooled"] {
        let run = client.start(short_run(variant)).await;
        client.hear_out(&run).await;
        runs.push(run);
    }
    (server, runs.try_into().unwrap())
}

/// All that could be changed: runs with what is written on them, deleted ones, names.
async fn everything(server: &TestServer) -> [String; 3] {
    let get = async |path| server.request("GET", path, b"").await.1;
    [get("/api/runs").await, get("/api/runs?deleted=true").await, get("/api/baselines").await]
}

async fn allow_long_scripts(browser: &Browser) {
    let limits = TimeoutConfiguration::new(Some(Duration::from_secs(300)), None, None);
    browser.page.update_timeouts(limits).await.unwrap();
}

async fn run_script(browser: &Browser, script: &str, arguments: Vec<Value>) -> Value {
    browser.page.execute_async(script, arguments).await.unwrap()
}

#[tokio::test]
async fn a_page_of_another_origin_can_change_nothing_and_read_nothing() {
    let (server, runs) = with_two_runs().await;
    let before = everything(&server).await;
    let open = Site::start("<!doctype html><title>another site</title>").await;
    // With this a browser hides the page's origin where it can: forms and simple requests say `Origin: null`.
    let hidden =
        Site::start("<!doctype html><meta name=referrer content=no-referrer><title>another site</title>")
            .await;
    let browser = Browser::open("about:blank").await;
    allow_long_scripts(&browser).await;
    let arguments = || vec![json!(server.url("")), json!(runs), json!(short_run("naive").to_string())];
    for (site, name) in [(&open, NAMES[0]), (&hidden, NAMES[1]), (&open, NAMES[2])] {
        browser.page.goto(&site.url(name)).await.unwrap();
        assert_eq!(run_script(&browser, ATTACKS, arguments()).await, json!([]), "{name} can tell this");
        assert_eq!(run_script(&browser, FORMS, arguments()).await, json!(48), "all forms were sent");
        assert_eq!(everything(&server).await, before, "{name} has changed something");
        let frames = run_script(&browser, FRAMES, vec![json!(server.url("")), json!(runs[0])]).await;
        for number in 0..frames.as_u64().unwrap() {
            browser.page.enter_frame(number as u16).await.unwrap();
            let shown =
                "const {tagName, outerHTML} = document.documentElement; return `${tagName} ${outerHTML}`";
            let shown = browser.page.execute(shown, Vec::new()).await.unwrap();
            let shown = shown.as_str().unwrap();
            assert!(shown.starts_with("HTML") && !shown.contains("heapgym"), "{name} shows {shown}");
            browser.page.clone().enter_parent_frame().await.unwrap();
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn the_attacks_of_that_test_work_for_a_page_of_the_server_itself() {
    let (server, runs) = with_two_runs().await;
    let browser = Browser::open(&server.url("/healthz")).await;
    allow_long_scripts(&browser).await;
    let arguments = vec![json!(server.url("")), json!(runs), json!(short_run("naive").to_string())];
    let told = run_script(&browser, ATTACKS, arguments).await.to_string();
    for what in [
        "cors GET /api/runs: 200",
        "same-origin GET /healthz: 200 ok",
        "cors POST /api/runs as application/json: 202",
        "as text/plain: 415",
        "img /i/r/",
        "websocket",
    ] {
        assert!(told.contains(what), "{what} is missing in {told}");
    }
    let [_, _, baselines] = everything(&server).await;
    assert!(baselines.contains("stolen"), "{baselines}");
    browser.close().await;
}

#[tokio::test]
async fn a_link_from_another_site_opens_every_page() {
    let (server, [a, b]) = with_two_runs().await;
    let play = link::write(&short_run("pooled"));
    let pages = [
        ("/".to_owned(), "#connection[data-state=open]"),
        (format!("/r/{a}"), "#outcome[data-outcome=completed]"),
        (format!("/c/{a}..{b}"), ".comparison"),
        (play, "#variant:has(option[value=pooled]:checked)"),
        ("/runs".to_owned(), ".run-card"),
    ];
    let link = |(path, _): &(String, &str)| format!("<p><a href='{}'>{path}</a>", server.url(path));
    let links: String = pages.iter().map(link).collect();
    let site = Site::start(&format!("<!doctype html><title>links</title>{links}")).await;
    let browser = Browser::open("about:blank").await;
    for name in NAMES {
        for (number, (path, shown)) in pages.iter().enumerate() {
            browser.page.goto(&site.url(name)).await.unwrap();
            browser.click(&format!("p:nth-of-type({}) a", number + 1)).await;
            browser.wait_for(shown).await;
            browser.wait_for("#connection[data-state=open]").await;
            println!("{name} opens {path}");
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn a_name_that_points_to_this_machine_opens_nothing_and_says_which_flag_would() {
    let server = TestServer::start();
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let browser = Browser::open(&format!("http://gym.localhost:{port}/")).await;
    browser.wait_for_words(&format!("--host gym.localhost:{port}")).await;
    browser.close().await;

    let server = TestServer::start_with(&["--listen", "127.0.0.1:0", "--host", "gym.localhost"]);
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let browser = Browser::open(&format!("http://gym.localhost:{port}/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.close().await;
}

#[tokio::test]
async fn a_page_that_the_server_refuses_shows_the_flag_that_would_allow_it() {
    let server = TestServer::start();
    let proxy = Proxy::start_renaming(&server.address).await;
    let browser = Browser::open(&format!("http://{proxy}/play")).await;
    browser.wait_for("#connection[data-state=waiting]").await;
    let said = browser.text("#refused").await;
    assert!(said.contains(&format!("--host {proxy}")), "{said}");
    browser.screenshot("35-refused-page").await;
    browser.close().await;
}
