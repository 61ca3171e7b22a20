using System.Text.Json.Nodes;
using LoraFunctions.EndToEnd.Night;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.EndToEnd.Api;

public sealed class LibraryTests(ApiStage api) : IClassFixture<ApiStage>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Download_PublishedPicture_LeadsToItForMinutes()
    {
        JsonNode picture = (await PicturesAsync())[0]!;
        ((string?)picture["state"]).ShouldBe("published");

        Answered answered = await api.GetAsync($"library/{(string?)picture["renderId"]}/download");

        answered.Status.ShouldBe(302);
        using var anyone = new HttpClient();
        using HttpResponseMessage file = await anyone.GetAsync(answered.Location, Stop);
        file.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        PictureFile.ReadMetadata(await file.Content.ReadAsByteArrayAsync(Stop)).Parameters.ShouldNotBeNull();
    }

    [Fact]
    public async Task Reject_Picture_RendersItAgainOnceAndNobodyGetsTheOldOne()
    {
        string id = (string)(await PicturesAsync())[1]!["renderId"]!;

        Answered rejected = await api.PostAsync($"library/{id}/reject", """{"by": "Li Wei", "reason": "three headlights"}""");
        Answered twice = await api.PostAsync($"library/{id}/reject", """{"by": "Li Wei", "reason": "three headlights"}""");

        rejected.Status.ShouldBe(202, rejected.Body?.ToJsonString());
        ((bool?)twice.Body!["alreadyThere"]).ShouldBe(true);
        string request = (string)rejected.Body!["id"]!;
        JsonNode ended = await api.EndOfAsync($"comparisons/{request}");
        ((int?)ended["outcome"]!["pictures"]).ShouldBe(1, ended.ToJsonString());
        (await api.GetAsync($"library/{id}/download")).Status.ShouldBe(409);
        (await api.PostAsync($"library/{id}/approve", """{"by": "Li Wei"}""")).Status.ShouldBe(409);
        JsonNode again = (await api.GetAsync($"library?set={request}")).Body!["pictures"]!.AsArray().ShouldHaveSingleItem()!;
        (await api.GetAsync($"library/{(string?)again["renderId"]}/download")).Status.ShouldBe(302);
        ((string?)(await api.GetAsync("library?state=rejected")).Body!["pictures"]![0]!["review"]!["replacedBy"]).ShouldBe(request);
        (await api.Stage.ReadAsync(ContainerNames.AssetLibrary, BlobNames.AssetsLatest)).ShouldContain(NightStage.Date);
    }

    [Fact]
    public async Task Approve_Picture_IsTakenDown()
    {
        string id = (string)(await PicturesAsync())[2]!["renderId"]!;

        Answered approved = await api.PostAsync($"library/{id}/approve", """{"by": "Li Wei"}""");

        ((string?)approved.Body!["state"]).ShouldBe("approved");
        ((string?)approved.Body["review"]!["by"]).ShouldBe("Li Wei");
    }

    [Fact]
    public async Task Comparison_OnDemand_IsRenderedAndPublishedBesideTheNights()
    {
        Answered started = await api.PostAsync("comparisons", """{"left": "terra-kite", "right": "nimbus-aero", "scenes": ["rain"]}""");

        started.Status.ShouldBe(202, started.Body?.ToJsonString());
        JsonNode ended = await api.EndOfAsync($"comparisons/{(string?)started.Body!["id"]}");
        ((int?)ended["outcome"]!["pictures"]).ShouldBe(2, ended.ToJsonString());
    }

    [Fact]
    public async Task Comparison_WrongFields_NamesEach()
    {
        Answered answered = await api.PostAsync("comparisons", """{"left": "terra-kite", "right": "volta-sol", "scenes": ["rian"], "template": "wid"}""");

        answered.Status.ShouldBe(400);
        answered.Errors("right").ShouldHaveSingleItem().ShouldContain("has no LoRA yet");
        answered.Errors("scenes").ShouldHaveSingleItem().ShouldContain("Did you mean 'rain'?");
        answered.Errors("template").ShouldHaveSingleItem().ShouldContain("Did you mean 'wide'?");
        (await api.GetAsync("comparisons/0123456789abcdef")).Status.ShouldBe(404);
    }

    private async Task<JsonArray> PicturesAsync() => (await api.GetAsync("library")).Body!["pictures"]!.AsArray();
}
