//! The list of routes: the router is built from it, and tests walk it.

use std::sync::Arc;

use axum::{
    Router,
    handler::Handler,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodRouter, any, delete, get, patch, post, put},
};

use super::{AppState, guard};

/// What a route is for, which decides who may be allowed to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page and what it needs: for pages of this server only.
    App,
    /// Read-only, made to be shown inside other pages. Guarded like [`Kind::App`] as long as nobody can open it.
    Embed,
}

/// One thing that the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What it is for.
    pub kind: Kind,
    /// The method; `GET` answers `HEAD` as well.
    pub method: Method,
    /// The path, with `{name}` for what varies and `{*name}` for any rest.
    pub path: &'static str,
}

/// Routes of one kind: what they are, and their handlers.
#[derive(Debug)]
pub(super) struct Routes {
    kind: Kind,
    list: Vec<Route>,
    router: Router<Arc<AppState>>,
}

impl Routes {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, list: Vec::new(), router: Router::new() }
    }

    pub(super) fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, Arc<AppState>>) -> Self {
        self.add(&[Method::GET], path, get(handler))
    }

    pub(super) fn post<T: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, Arc<AppState>>,
    ) -> Self {
        self.add(&[Method::POST], path, post(handler))
    }

    pub(super) fn put<T: 'static>(self, path: &'static str, handler: impl Handler<T, Arc<AppState>>) -> Self {
        self.add(&[Method::PUT], path, put(handler))
    }

    pub(super) fn patch<T: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, Arc<AppState>>,
    ) -> Self {
        self.add(&[Method::PATCH], path, patch(handler))
    }

    pub(super) fn delete<T: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, Arc<AppState>>,
    ) -> Self {
        self.add(&[Method::DELETE], path, delete(handler))
    }

    /// Every method.
    pub(super) fn any<T: 'static>(self, path: &'static str, handler: impl Handler<T, Arc<AppState>>) -> Self {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        self.add(&methods, path, any(handler))
    }

    fn add(mut self, methods: &[Method], path: &'static str, handlers: MethodRouter<Arc<AppState>>) -> Self {
        let kind = self.kind;
        self.list.extend(methods.iter().map(|method| Route { kind, method: method.clone(), path }));
        Self { router: self.router.route(path, handlers), ..self }
    }

    /// What these routes are.
    pub(super) fn into_list(self) -> Vec<Route> {
        self.list
    }

    /// A router for these routes that answers nobody whom the guard refuses.
    pub(super) fn guarded(self, app: &Arc<AppState>) -> Router<Arc<AppState>> {
        self.router.layer(from_fn_with_state((Arc::clone(app), self.kind), guard::check))
    }
}
