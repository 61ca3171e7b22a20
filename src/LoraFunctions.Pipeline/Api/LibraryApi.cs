using System.Globalization;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Library;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Api;

/// <summary>The pictures of a night, or of a comparison on demand.</summary>
/// <param name="Set">The night's date, or the comparison's id.</param>
public sealed record LibraryView(string Set, IReadOnlyList<LibraryPicture> Pictures);

/// <summary>A picture of the asset library.</summary>
/// <param name="RenderId">For download, approve and reject.</param>
/// <param name="State">Whether marketing may download it.</param>
/// <param name="Review">What a person said; null when nobody did.</param>
public sealed record LibraryPicture(string RenderId, PictureState State, PublishedPicture Picture, PictureReview? Review);

/// <summary>Where a picture stands.</summary>
public enum PictureState
{
    Published,

    /// <summary>It waits for a person: <c>Nightly:Publish</c> is <c>after-approval</c>.</summary>
    Pending,

    Approved,
    Rejected,
}

/// <summary>Body of a word on a picture.</summary>
/// <param name="By">Who says it.</param>
/// <param name="Reason">Why; a rejection needs one.</param>
public sealed record PictureReviewRequest(string By, string? Reason = null);

/// <summary>Marketing's side: what there is, downloads, approval.</summary>
public sealed class LibraryApi
{
    private readonly BlobStore _blobs;
    private readonly LibraryReader _library;
    private readonly BlobLinks _links;
    private readonly TimeProvider _time;
    private readonly NightlyOptions _options;

    internal LibraryApi(BlobStore blobs, LibraryReader library, BlobLinks links, TimeProvider time, IOptions<NightlyOptions> options) =>
        (_blobs, _library, _links, _time, _options) = (blobs, library, links, time, options.Value);

    internal IReadOnlyList<ApiEndpoint> Endpoints =>
    [
        new("GET", "library", "listLibrary", "The pictures of a night; without a set, of the newest.", 200, typeof(LibraryView), ListAsync,
            Query: new Dictionary<string, string> { ["set"] = "A night's date, yyyy-MM-dd, or a comparison's id.", ["model"] = "Only pictures with this car model.", ["state"] = "Only pictures in this state." }),
        new("GET", "library/{renderId}/download", "downloadPicture", "Leads to the picture; the address is good for minutes.", 302, null, DownloadAsync,
            Query: new Dictionary<string, string> { ["preview"] = "true: also a picture that waits for approval, for whoever is to approve it." }),
        new("POST", "library/{renderId}/approve", "approvePicture", "Marketing may have it.", 200, typeof(LibraryPicture), ApproveAsync, typeof(PictureReviewRequest),
            """{"by": "Li Wei"}"""),
        new("POST", "library/{renderId}/reject", "rejectPicture", "Nobody gets it, and it is rendered again with another seed.", 202, typeof(Started), RejectAsync,
            typeof(PictureReviewRequest), """{"by": "Li Wei", "reason": "the left car has three headlights"}"""),
    ];

    private async Task<ApiResult> ListAsync(ApiCall call)
    {
        var name = call.Query.GetValueOrDefault("set");
        var model = call.Query.GetValueOrDefault("model");
        PictureState? state = null;
        if (call.Query.TryGetValue("state", out var word))
        {
            if (!Enum.TryParse<PictureState>(word, ignoreCase: true, out var known) || !Enum.IsDefined(known) || int.TryParse(word, CultureInfo.InvariantCulture, out _))
            {
                return ApiResult.Invalid("state", $"it must be one of {string.Join(", ", Enum.GetNames<PictureState>()).ToLowerInvariant()}.");
            }

            state = known;
        }

        if (name is not null && !NightSchedule.IsDate(name) && !ApiIds.IsRequest(name))
        {
            return ApiResult.Invalid("set", "it must be a night's date, yyyy-MM-dd, or a comparison's id.");
        }

        if ((name ?? await _library.NewestAsync(call.Cancelled)) is not { } found)
        {
            return ApiResult.Ok(new LibraryView("", []));
        }

        var set = NightSchedule.IsDate(found) ? found : BlobNames.Requested(found);
        if (await _library.ManifestAsync(set, call.Cancelled) is not { } manifest)
        {
            return ApiResult.NotFound($"Nothing was published of '{found}'.");
        }

        var pictures = new List<LibraryPicture>();
        foreach (var picture in manifest.Pictures.Where(p => model is null || p.Left.ModelKey == model || p.Right.ModelKey == model))
        {
            var view = await ViewAsync(set, picture, call.Cancelled);
            if (state is null || view.State == state)
            {
                pictures.Add(view);
            }
        }

        return ApiResult.Ok(new LibraryView(found, pictures));
    }

    private async Task<ApiResult> DownloadAsync(ApiCall call)
    {
        if (await _library.FindAsync(call.Route["renderId"], call.Cancelled) is not var (set, picture))
        {
            return Unknown(call);
        }

        var state = (await ViewAsync(set, picture, call.Cancelled)).State;
        var preview = call.Query.GetValueOrDefault("preview") == "true";
        return state == PictureState.Rejected ? ApiResult.Conflict("The picture was rejected; GET library names the comparison that replaces it.")
            : state == PictureState.Pending && !preview ? ApiResult.Conflict("The picture waits for approval; preview=true shows it to whoever is to approve it.")
            : new ApiResult(302, null, (await _links.ReadAsync(ContainerNames.AssetLibrary, $"{set}/{picture.File}", call.Cancelled)).AbsoluteUri);
    }

    private async Task<ApiResult> ApproveAsync(ApiCall call)
    {
        var by = call.Body.Text("by", required: true);
        var reason = call.Body.Text("reason", required: false, maxLength: 500);
        if (call.Body.Refused() is { } refused)
        {
            return refused;
        }

        if (await _library.FindAsync(call.Route["renderId"], call.Cancelled) is not var (set, picture))
        {
            return Unknown(call);
        }

        if (await _library.ReviewAsync(set, picture, call.Cancelled) is { Verdict: PictureVerdict.Rejected })
        {
            return ApiResult.Conflict("The picture was rejected, and another one takes its place.");
        }

        await ReviewAsync(set, picture, new PictureReview(PictureReview.CurrentSchemaVersion, PictureVerdict.Approved, by!, reason, _time.GetUtcNow(), null), call.Cancelled);
        return ApiResult.Ok(await ViewAsync(set, picture, call.Cancelled));
    }

    private async Task<ApiResult> RejectAsync(ApiCall call)
    {
        var by = call.Body.Text("by", required: true);
        var reason = call.Body.Text("reason", required: true, maxLength: 500);
        if (call.Body.Refused() is { } refused)
        {
            return refused;
        }

        var renderId = call.Route["renderId"];
        if (await _library.FindAsync(renderId, call.Cancelled) is not var (set, picture))
        {
            return Unknown(call);
        }

        // The same seed would give the same picture; the next one is as good as any, and always the same.
        var seed = Convert.ToUInt32(Digests.OfText(renderId)[..8], 16);
        var pair = new ChosenPair(picture.Left.ModelKey, picture.Right.ModelKey, [picture.Scene], picture.Template, [seed]);
        var id = ComparisonApi.RequestId(pair, renderId);
        await ReviewAsync(set, picture, new PictureReview(PictureReview.CurrentSchemaVersion, PictureVerdict.Rejected, by!, reason, _time.GetUtcNow(), id), call.Cancelled);
        return await ComparisonApi.StartAsync(call, pair, id, once: true);
    }

    /// <summary>A rejection stays: its replacement is on the way.</summary>
    private Task ReviewAsync(string set, PublishedPicture picture, PictureReview review, CancellationToken cancellationToken) =>
        _blobs.SwapJsonAsync<PictureReview>(
            ContainerNames.AssetLibrary,
            BlobNames.PictureReview(set, picture.JobId, picture.Seed),
            there => there is { Verdict: PictureVerdict.Rejected } ? null : review,
            cancellationToken);

    private async Task<LibraryPicture> ViewAsync(string set, PublishedPicture picture, CancellationToken cancellationToken)
    {
        var review = await _library.ReviewAsync(set, picture, cancellationToken);
        var state = review?.Verdict switch
        {
            PictureVerdict.Approved => PictureState.Approved,
            PictureVerdict.Rejected => PictureState.Rejected,
            _ => _options.Publish == PublishPolicy.AfterApproval ? PictureState.Pending : PictureState.Published,
        };
        return new LibraryPicture(LibraryReader.RenderId(set, picture), state, picture, review);
    }

    private static ApiResult Unknown(ApiCall call) => ApiResult.NotFound($"There is no picture '{call.Route["renderId"]}'. GET library names them.");
}
