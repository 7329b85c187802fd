//! How far a server is trusted (`sslmode`), and how a connection to it is encrypted.
//!
//! The values of `sslmode` have libpq's meaning (PostgreSQL's documentation, "SSL Mode
//! Descriptions"). `allow` is not supported.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;

/// Which server a connection accepts. A file has the certificates of the authorities, in PEM.
/// Without a file, the authorities are those that the operating system trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// `disable`: the client does not encrypt the connection.
    Unencrypted,
    /// `prefer`: the client encrypts the connection if the server supports it.
    AnyServerOrUnencrypted,
    /// `require`: encrypted, with any server.
    AnyServer,
    /// `verify-ca`, or `require` with a file: a server whose certificate was signed by an
    /// authority.
    Authority(Option<PathBuf>),
    /// `verify-full`: as `verify-ca`, and the certificate has the host name in the URL.
    AuthorityAndName(Option<PathBuf>),
}

impl Trust {
    pub(crate) fn read(mode: Option<&str>, root: Option<PathBuf>) -> Result<Self, OpenError> {
        Ok(match (mode.unwrap_or("prefer"), root) {
            ("disable", _) => Self::Unencrypted,
            ("prefer", _) => Self::AnyServerOrUnencrypted,
            ("require", None) => Self::AnyServer,
            ("require" | "verify-ca", root) => Self::Authority(root),
            ("verify-full", root) => Self::AuthorityAndName(root),
            _ => {
                return Err(OpenError::Url(
                    "has an sslmode that is not supported; use disable, prefer, require, verify-ca or verify-full"
                        .into(),
                ));
            }
        })
    }

    /// Returns the encryption settings for connections.
    pub(crate) fn connect(&self) -> Result<MakeRustlsConnect, OpenError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions();
        let builder = versions.map_err(OpenError::Tls)?;
        let config = match self {
            Self::Unencrypted | Self::AnyServerOrUnencrypted | Self::AnyServer => {
                let any = AnyName {
                    accepted: Certificates::Any,
                    provider,
                };
                let builder = builder.dangerous();
                builder.with_custom_certificate_verifier(Arc::new(any))
            }
            Self::Authority(root) => {
                let roots = Arc::new(authorities(root.as_ref())?);
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
                        .build();
                let signed = AnyName {
                    accepted: Certificates::SignedBy(verifier.map_err(|_| OpenError::NoAuthority)?),
                    provider,
                };
                let builder = builder.dangerous();
                builder.with_custom_certificate_verifier(Arc::new(signed))
            }
            Self::AuthorityAndName(root) => {
                builder.with_root_certificates(authorities(root.as_ref())?)
            }
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }
}

fn authorities(file: Option<&PathBuf>) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(path) => {
            let unreadable = |why: &dyn ToString| OpenError::RootCertificate {
                path: path.clone(),
                why: why.to_string(),
            };
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        None => {
            // Some certificates of a system cannot be read; the others are used.
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
        }
    }
    if roots.is_empty() {
        return Err(OpenError::NoAuthority);
    }
    Ok(roots)
}

/// Which certificates of a server are accepted.
#[derive(Debug)]
enum Certificates {
    /// Every certificate. The signature of the handshake then shows only that the server has the
    /// certificate's key.
    Any,
    /// Certificates that these authorities signed.
    SignedBy(Arc<WebPkiServerVerifier>),
}

/// Verifies a server without its host name.
#[derive(Debug)]
struct AnyName {
    accepted: Certificates,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let authorities = match &self.accepted {
            Certificates::Any => return Ok(ServerCertVerified::assertion()),
            Certificates::SignedBy(authorities) => authorities,
        };
        // The host name is checked last, after the signatures.
        match authorities.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
