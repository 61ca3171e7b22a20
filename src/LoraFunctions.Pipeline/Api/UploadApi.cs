using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraFunctions.Imaging;
using LoraFunctions.Pipeline.Listings;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Body of an upload: the car as <c>vehicle.json</c> has it, and the photos that will come.</summary>
/// <param name="Released">False for concept cars, which are neither trained nor rendered.</param>
/// <param name="Files">Names of the photos.</param>
public sealed record StartUploadRequest(
    string Make,
    string Model,
    bool Released,
    IReadOnlyList<string> Files,
    string? Generation = null,
    string? Segment = null,
    IReadOnlyList<string>? Features = null,
    string? IdempotencyKey = null);

/// <summary>Where the photos go.</summary>
/// <param name="Upload">For POST trainings, once the photos are there.</param>
/// <param name="ExpiresAt">The addresses are good until then; the same request gives new ones.</param>
public sealed record UploadStarted(string Upload, string ModelKey, DateTimeOffset ExpiresAt, IReadOnlyList<UploadFile> Files);

/// <summary>One photo.</summary>
/// <param name="Url">PUT the photo there with the header <c>x-ms-blob-type: BlockBlob</c>; it can be written once, and not read.</param>
public sealed record UploadFile(string Name, Uri Url);

/// <summary>A set of photos from outside: it becomes a listing like any other.</summary>
public sealed partial class UploadApi(BlobStore blobs, BlobLinks links, TimeProvider time)
{
    /// <summary>The document's most for a car model.</summary>
    private const int MaxFiles = 200;

    private static readonly string[] s_vehicle = ["make", "model", "generation", "segment", "released", "features"];

    internal IReadOnlyList<ApiEndpoint> Endpoints =>
    [
        new("POST", "uploads", "startUpload", "Addresses to put a car's photos to, each good for one photo and half an hour.", 201, typeof(UploadStarted), StartAsync,
            typeof(StartUploadRequest), """{"make": "Tesla", "model": "Model Y", "generation": "2024", "released": true, "features": ["hidden door handles"], "files": ["front.jpg", "side.jpg"]}"""),
    ];

    internal static bool IsId(string text) => Id().IsMatch(text);

    private async Task<ApiResult> StartAsync(ApiCall call)
    {
        var body = call.Body;
        var files = body.Texts("files", required: true, MaxFiles) ?? [];
        var key = ApiIds.IdempotencyKey(call);
        foreach (var (name, at) in files.Select((name, at) => (name, at)))
        {
            if ((FileNames.Objection(name) ?? (NamedFile.Of(name) is { Kind: not FileKind.Photo } other ? other.Reason : null)) is { } objection)
            {
                body.Error($"files[{at}]", $"'{name}' cannot be used: {objection}.");
            }
        }

        if (files.Distinct(StringComparer.OrdinalIgnoreCase).Count() < files.Count)
        {
            body.Error("files", "a name stands there twice.");
        }

        var now = time.GetUtcNow();
        var fields = s_vehicle.Select(field => (Name: field, Value: body.Raw(field))).Where(f => f.Value is not null).ToDictionary(f => f.Name, f => f.Value!.Value);
        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
            fields.Append(KeyValuePair.Create("listedAt", JsonSerializer.SerializeToElement($"{now:yyyy-MM-ddTHH:mm:ssZ}"))).ToDictionary(), ContractJson.Options));
        var vehicle = Read(json, now, body);
        if (body.Refused() is { } refused)
        {
            return refused;
        }

        var what = ContractJson.Serialize(fields) + ContractJson.Serialize(files);
        var upload = $"upload-{Digests.OfText(key.Length > 0 ? $"{key} {what}" : $"{now:O} {what}")[..16]}";
        await blobs.PutIfAbsentAsync(ContainerNames.VehiclePhotos, BlobNames.Vehicle(upload), json, BlobHeaders.Json, call.Cancelled);
        var addresses = new List<UploadFile>();
        foreach (var file in files)
        {
            addresses.Add(new UploadFile(file, await links.CreateAsync(ContainerNames.VehiclePhotos, $"{upload}/{file}", call.Cancelled)));
        }

        return new ApiResult(201, new UploadStarted(upload, ModelKeys.Of(vehicle!.Make, vehicle.Model, vehicle.Generation), now + BlobLinks.WriteTime, addresses));
    }

    /// <summary>The one reader of <c>vehicle.json</c>; its problems begin with the field's name in quotes.</summary>
    private static Vehicle? Read(byte[] json, DateTimeOffset now, ApiBody body)
    {
        try
        {
            return VehicleReader.Read(json, now);
        }
        catch (InvalidDataException e)
        {
            foreach (var problem in e.Message.Split("; "))
            {
                var field = Quoted().Match(problem);
                body.Error(field.Success ? field.Groups["name"].Value : "body", $"{problem}.");
            }

            return null;
        }
    }

    [GeneratedRegex("^upload-[0-9a-f]{16}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"^'(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();
}
