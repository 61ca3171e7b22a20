namespace LoraFunctions.Pipeline.Storage;

/// <summary>The models in <see cref="ContainerNames.BaseModels"/>, each with a manifest of its files.</summary>
public sealed class BaseModelCatalog(BlobStore blobs)
{
    /// <exception cref="MissingBlobException">There is no model of that name; the message says which file was looked for and where.</exception>
    public async Task<BaseModelRef> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        var file = BlobNames.BaseModelManifest(name);
        var manifest = await blobs.TryReadJsonAsync<BaseModelManifest>(ContainerNames.BaseModels, file, cancellationToken)
            ?? throw new MissingBlobException(
                $"There is no base model '{name}': {ContainerNames.BaseModels}/{file} is not there (looked in {blobs.Uri}). " +
                $"{await WhatThereIsAsync(cancellationToken)}");
        return Reference(manifest);
    }

    /// <summary>
    /// Uploads a checkpoint, the manifest last; what is there already is not sent again. A file becomes the model's only file.
    /// </summary>
    /// <param name="path">A single file, or a folder in diffusers or HF layout.</param>
    /// <exception cref="InvalidOperationException">Another model has this name: names are never overwritten.</exception>
    /// <exception cref="FileNotFoundException">Neither a file nor a folder with files is there.</exception>
    public async Task<BaseModelRef> UploadAsync(string name, string path, CancellationToken cancellationToken)
    {
        var files = new List<BaseModelFile>();
        foreach (var (file, local) in LocalFiles(path))
        {
            var stored = await blobs.PutFileIfAbsentAsync(ContainerNames.BaseModels, $"{name}/{file}", local, headers: null, cancellationToken);
            if (!stored.Created && stored.Ref.Sha256 != await Digests.OfFileAsync(local, cancellationToken))
            {
                throw AnotherHasTheName(name, $"{name}/{file}");
            }

            files.Add(new BaseModelFile(file, stored.Ref.Sha256));
        }

        var manifest = new BaseModelManifest(name, Digest(files), files);
        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.BaseModels, BlobNames.BaseModelManifest(name), manifest, cancellationToken);
        var there = await blobs.ReadJsonAsync<BaseModelManifest>(committed.Ref, cancellationToken);
        return there.Digest == manifest.Digest ? Reference(there) : throw AnotherHasTheName(name, BlobNames.BaseModelManifest(name));
    }

    /// <summary>SHA-256 over the sorted names and the files' digests.</summary>
    internal static string Digest(IEnumerable<BaseModelFile> files) =>
        Digests.OfFields(files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Name, f.Sha256)));

    private static BaseModelRef Reference(BaseModelManifest manifest) =>
        new(
            manifest.Name,
            manifest.Digest,
            [.. manifest.Files.Select(f => new BlobRef(ContainerNames.BaseModels, $"{manifest.Name}/{f.Name}", "", f.Sha256))]);

    private static List<(string Name, string Path)> LocalFiles(string path)
    {
        if (File.Exists(path))
        {
            return [(Path.GetFileName(path), path)];
        }

        var files = Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Select(f => (Name: Path.GetRelativePath(path, f).Replace('\\', '/'), Path: f))
                .Where(f => f.Name != "manifest.json" && !f.Name.Split('/').Any(part => part.StartsWith('.')))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .ToList()
            : [];
        return files.Count > 0
            ? files
            : throw new FileNotFoundException($"There is no base model at '{path}': neither a file nor a folder with files. Give a checkpoint file or a diffusers folder.", path);
    }

    private async Task<string> WhatThereIsAsync(CancellationToken cancellationToken)
    {
        var names = await blobs.ListFoldersAsync(ContainerNames.BaseModels, cancellationToken);
        return names.Count == 0 ? "The container is empty." : $"There is: {string.Join(", ", names)}.";
    }

    private static InvalidOperationException AnotherHasTheName(string name, string blob) =>
        new($"Another base model is called '{name}': {ContainerNames.BaseModels}/{blob} has another content. Names are never overwritten; choose another name.");
}

/// <summary><c>base-models/{name}/manifest.json</c>, committed after every file it names.</summary>
/// <param name="Files">In the ordinal order of their names.</param>
public sealed record BaseModelManifest(string Name, string Digest, IReadOnlyList<BaseModelFile> Files);

/// <summary>A file of a base model.</summary>
/// <param name="Name">Below <c>base-models/{name}/</c>, with '/' between folders.</param>
public sealed record BaseModelFile(string Name, string Sha256);
