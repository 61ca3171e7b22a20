namespace LoraFunctions.Pipeline.Storage;

/// <summary>The models in <see cref="ContainerNames.BaseModels"/>, each with a manifest of its files.</summary>
public sealed class BaseModelCatalog(BlobStore blobs)
{
    private const string ManifestFile = "manifest.json";

    /// <exception cref="MissingBlobException">There is no model of that name; the message says which file was looked for and where.</exception>
    public async Task<BaseModelRef> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        var file = BlobNames.BaseModelManifest(name);
        var manifest = await blobs.TryReadJsonAsync<BaseModelManifest>(ContainerNames.BaseModels, file, cancellationToken)
            ?? throw new MissingBlobException(
                $"There is no base model '{name}': {ContainerNames.BaseModels}/{file} is not there (looked in {blobs.Uri}). " +
                $"{await WhatThereIsAsync(name, cancellationToken)}");
        return Reference(manifest);
    }

    /// <summary>The files of a model on this machine: a single file, or a folder in diffusers or HF layout; nothing hidden and no manifest.</summary>
    /// <exception cref="InvalidJobInputException">Neither a file nor a folder with files is there.</exception>
    public static IReadOnlyList<LocalModelFile> FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [new(Path.GetFileName(path), path)];
        }

        List<LocalModelFile> files = Directory.Exists(path)
            ?
            [
                .. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                    .Select(file => new LocalModelFile(Path.GetRelativePath(path, file).Replace('\\', '/'), file))
                    .Where(file => file.Name != ManifestFile && !file.Name.Split('/').Any(part => part.StartsWith('.')))
                    .OrderBy(file => file.Name, StringComparer.Ordinal),
            ]
            : [];
        return files.Count > 0
            ? files
            : throw new InvalidJobInputException($"There is no model at '{path}': neither a file nor a folder with files. Give a checkpoint file or a model's folder.");
    }

    /// <summary>Looks what of a model is in the storage already, by whomever it was put there; sends nothing.</summary>
    /// <returns>With every file that stands in the way among its problems: names are never overwritten.</returns>
    public async Task<BaseModelUpload> PlanAsync(string name, IReadOnlyList<LocalModelFile> files, CancellationToken cancellationToken)
    {
        var (absent, present, problems) = (new List<LocalModelFile>(), new List<BaseModelFile>(), new List<string>());
        foreach (var file in files)
        {
            if (await blobs.StatAsync(ContainerNames.BaseModels, $"{name}/{file.Name}", cancellationToken) is not { } there)
            {
                absent.Add(file);
            }
            else if (there.Sha256 == await Digests.OfFileAsync(file.Path, cancellationToken))
            {
                present.Add(new BaseModelFile(file.Name, there.Sha256));
            }
            else
            {
                problems.Add(AnotherHasTheName(name, file.Name, $"its content is not that of {file.Path}"));
            }
        }

        var manifest = await blobs.TryReadJsonAsync<BaseModelManifest>(ContainerNames.BaseModels, BlobNames.BaseModelManifest(name), cancellationToken);
        var isAnother = manifest is not null
            && !manifest.Files.Select(f => f.Name).Order(StringComparer.Ordinal).SequenceEqual(files.Select(f => f.Name).Order(StringComparer.Ordinal));
        if (isAnother)
        {
            problems.Add(AnotherHasTheName(name, ManifestFile, $"it lists {string.Join(", ", manifest!.Files.Select(f => f.Name))}"));
        }

        return new BaseModelUpload(name, absent, present, manifest is not null, problems);
    }

    /// <summary>Sends what is absent and commits the manifest last; broken off at any moment, it goes on from there.</summary>
    /// <param name="progress">Told the file and how many of its bytes the service has.</param>
    /// <exception cref="InvalidJobInputException">Another model has this name; every file that says so.</exception>
    public async Task<BaseModelRef> UploadAsync(BaseModelUpload plan, IProgress<(LocalModelFile File, long Bytes)>? progress, CancellationToken cancellationToken)
    {
        if (plan.Problems.Count > 0)
        {
            throw new InvalidJobInputException(plan.Problems);
        }

        var files = new List<BaseModelFile>(plan.Present);
        foreach (var file in plan.Absent)
        {
            var bytes = progress is null ? null : new FileProgress(file, progress);
            var stored = await blobs.PutFileIfAbsentAsync(ContainerNames.BaseModels, $"{plan.Name}/{file.Name}", file.Path, headers: null, cancellationToken, bytes);
            if (!stored.Created && stored.Ref.Sha256 != await Digests.OfFileAsync(file.Path, cancellationToken))
            {
                throw new InvalidJobInputException(AnotherHasTheName(plan.Name, file.Name, "another put it there meanwhile"));
            }

            files.Add(new BaseModelFile(file.Name, stored.Ref.Sha256));
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var manifest = new BaseModelManifest(plan.Name, Digest(files), files);
        var committed = await blobs.PutJsonIfAbsentAsync(ContainerNames.BaseModels, BlobNames.BaseModelManifest(plan.Name), manifest, cancellationToken);
        var there = await blobs.ReadJsonAsync<BaseModelManifest>(committed.Ref, cancellationToken);
        return there.Digest == manifest.Digest
            ? Reference(there)
            : throw new InvalidJobInputException(AnotherHasTheName(plan.Name, ManifestFile, "it has another digest"));
    }

    /// <summary>Both at once.</summary>
    /// <exception cref="InvalidJobInputException">There is nothing at the path, or another model has this name.</exception>
    public async Task<BaseModelRef> UploadAsync(string name, string path, CancellationToken cancellationToken) =>
        await UploadAsync(await PlanAsync(name, FilesOf(path), cancellationToken), progress: null, cancellationToken);

    /// <summary>SHA-256 over the sorted names and the files' digests.</summary>
    internal static string Digest(IEnumerable<BaseModelFile> files) =>
        Digests.OfFields(files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Name, f.Sha256)));

    private static BaseModelRef Reference(BaseModelManifest manifest) =>
        new(
            manifest.Name,
            manifest.Digest,
            [.. manifest.Files.Select(f => new BlobRef(ContainerNames.BaseModels, $"{manifest.Name}/{f.Name}", "", f.Sha256))]);

    private async Task<string> WhatThereIsAsync(string name, CancellationToken cancellationToken)
    {
        var names = await blobs.ListFoldersAsync(ContainerNames.BaseModels, cancellationToken);
        return names.Count == 0 ? "The container is empty; 'lora models push' brings models there."
            : names.Contains(name) ? "Files of it are there, but nothing says that they are all: 'lora models push' with the model's folder sends what is missing and says so."
            : $"There is: {string.Join(", ", names)}.";
    }

    private static string AnotherHasTheName(string name, string file, string how) =>
        $"Another base model is called '{name}': {ContainerNames.BaseModels}/{name}/{file} is there and {how}. Names are never overwritten; choose another name.";

    private sealed class FileProgress(LocalModelFile file, IProgress<(LocalModelFile File, long Bytes)> progress) : IProgress<long>
    {
        public void Report(long value) => progress.Report((file, value));
    }
}

/// <summary><c>base-models/{name}/manifest.json</c>, committed after every file it names.</summary>
/// <param name="Files">In the ordinal order of their names.</param>
public sealed record BaseModelManifest(string Name, string Digest, IReadOnlyList<BaseModelFile> Files);

/// <summary>A file of a base model.</summary>
/// <param name="Name">Below <c>base-models/{name}/</c>, with '/' between folders.</param>
public sealed record BaseModelFile(string Name, string Sha256);

/// <summary>A file on this machine that is to become one of a base model.</summary>
/// <param name="Name">As in <see cref="BaseModelFile"/>.</param>
public sealed record LocalModelFile(string Name, string Path);

/// <summary>What is to be done for a base model.</summary>
/// <param name="Absent">What is sent.</param>
/// <param name="Present">What is there already, with the same content.</param>
/// <param name="HasManifest">Whether it is known to nights already.</param>
/// <param name="Problems">Where another model has the name; one line each.</param>
public sealed record BaseModelUpload(
    string Name,
    IReadOnlyList<LocalModelFile> Absent,
    IReadOnlyList<BaseModelFile> Present,
    bool HasManifest,
    IReadOnlyList<string> Problems);
