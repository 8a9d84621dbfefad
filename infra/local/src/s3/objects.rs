//! What the buckets can do: the file system backend of `s3s`, and beside it the tags of objects, which that backend does not
//! have. Tags are in memory: nothing here goes by them, so a stack that starts again need not know them.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadObjectInput,
    PutObjectInput, PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::sync::Mutex as AsyncMutex;

/// Bucket and key.
type Name = (String, String);

/// The objects of all buckets. Clones share them.
#[derive(Clone)]
pub(super) struct Objects {
    files: Arc<FileSystem>,
    tags: Arc<Mutex<HashMap<Name, String>>>,
    root: Arc<Path>,
    /// The backend looks whether an object is there, and then writes it: one at a time, so that two that may replace nothing
    /// are not both written.
    writing: Arc<AsyncMutex<()>>,
}

impl Objects {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let files = FileSystem::new(root);
        Ok(Self {
            files: Arc::new(files.map_err(|error| io::Error::other(format!("{error:?}")))?),
            tags: Arc::default(),
            root: root.into(),
            writing: Arc::default(),
        })
    }

    fn all_tags(&self) -> MutexGuard<'_, HashMap<Name, String>> {
        self.tags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn tags(&self, bucket: &str, key: &str) -> Option<String> {
        let path = self.root.join(bucket).join(key);
        if !tokio::fs::try_exists(path).await.unwrap_or(false) {
            return None;
        }
        let name = (bucket.to_owned(), key.to_owned());
        Some(self.all_tags().get(&name).cloned().unwrap_or_default())
    }
}

#[async_trait]
impl S3 for Objects {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = &request.input;
        let name = (input.bucket.clone(), input.key.clone());
        let tags = input.tagging.clone().unwrap_or_default();
        let writing = self.writing.lock().await;
        let stored = self.files.put_object(request).await?;
        self.all_tags().insert(name, tags);
        drop(writing);
        Ok(stored)
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.files.get_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let _writing = self.writing.lock().await;
        self.files.delete_object(request).await
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input.clone();
        let head = |input: PutObjectTaggingInput| {
            let head = HeadObjectInput::builder()
                .bucket(input.bucket)
                .key(input.key);
            head.build()
        };
        let Ok(of_object) = head(input.clone()) else {
            return Err(s3_error!(InvalidRequest));
        };
        // It answers NoSuchKey where there is no object.
        let found = self.files.head_object(request.map_input(|_| of_object));
        found.await.map_err(|_| s3_error!(NoSuchKey))?;
        let pairs = input.tagging.tag_set.iter().map(|tag| {
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            format!("{}={}", text(&tag.key), text(&tag.value))
        });
        let tags = pairs.collect::<Vec<_>>().join("&");
        self.all_tags().insert((input.bucket, input.key), tags);
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }
}
