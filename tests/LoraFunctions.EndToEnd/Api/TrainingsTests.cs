using System.Text.Json.Nodes;
using LoraFunctions.Pipeline;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.EndToEnd.Api;

public sealed class TrainingsTests(ApiStage api) : IClassFixture<ApiStage>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ModelWithFewPhotos_TrainsItAndTellsItsState()
    {
        Answered started = await api.PostAsync("trainings", """{"modelKey": "volta-sol"}""");

        started.Status.ShouldBe(202, started.Body?.ToJsonString());
        started.Location.ShouldBe(new Uri(api.Address, "api/trainings/train%3Avolta-sol"));
        JsonNode ended = await api.EndOfAsync("trainings/train%3Avolta-sol");
        ((string?)ended["outcome"]!["status"]).ShouldBe("trained");
        ((string?)ended["jobId"]).ShouldStartWith("train-");
    }

    [Fact]
    public async Task Start_SameKeyTwice_TrainsOnceAnotherKeyAgain()
    {
        int before = api.Worker.Done.Count(job => job.StartsWith("train", StringComparison.Ordinal));
        foreach (string key in new[] { "once", "once", "twice" })
        {
            Answered started = await api.PostAsync("trainings", $$"""{"modelKey": "terra-kite", "idempotencyKey": "{{key}}"}""");
            await api.EndOfAsync($"trainings/{(string?)started.Body!["id"]}");
        }

        (api.Worker.Done.Count(job => job.StartsWith("train", StringComparison.Ordinal)) - before).ShouldBe(2);
    }

    [Fact]
    public async Task Start_SameKeyOtherSettings_IsAConflict()
    {
        await api.PostAsync("trainings", """{"modelKey": "terra-kite", "idempotencyKey": "mine"}""");

        Answered again = await api.PostAsync("trainings", """{"modelKey": "terra-kite", "idempotencyKey": "mine", "overrides": {"epochs": 3}}""");

        again.Status.ShouldBe(409);
        again.ContentType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task Start_Overrides_AreTheLastConfigurationOfTheJob()
    {
        Answered started = await api.PostAsync("trainings", """{"modelKey": "terra-kite", "idempotencyKey": "short", "overrides": {"lora_rank": 16, "epochs": 3}}""");
        JsonNode ended = await api.EndOfAsync($"trainings/{(string?)started.Body!["id"]}");

        TrainJobSpec spec = await api.Stage.ReadJsonAsync<TrainJobSpec>(ContainerNames.Jobs, BlobNames.JobSpec((string)ended["jobId"]!));
        (await api.Stage.ReadAsync(spec.Configurations[^1].Container, spec.Configurations[^1].Name)).ShouldBe("epochs: 3\nlora_rank: 16\n");
    }

    [Fact]
    public async Task Start_SeveralErrors_NamesEachField()
    {
        Answered answered = await api.PostAsync(
            "trainings",
            """{"modelKey": "nimbus-aera", "idempotencyKey": "a b", "overrides": {"epochs": 1.5, "epoch": 3}, "modelkey": "x"}""");

        answered.Status.ShouldBe(400);
        answered.ContentType.ShouldBe("application/problem+json");
        answered.Errors("modelKey").ShouldBe(["no car model 'nimbus-aera' has a data set. Did you mean 'nimbus-aero'?"]);
        answered.Errors("idempotencyKey").ShouldBe(["it may have up to 40 letters, digits and - _ ."]);
        answered.Errors("overrides.epochs").ShouldBe(["it must be a whole number from 1 to 100000."]);
        answered.Errors("overrides.epoch").ShouldHaveSingleItem().ShouldContain("Did you mean 'epochs'?");
        answered.Errors("modelkey").ShouldHaveSingleItem().ShouldContain("Did you mean 'modelKey'?");
    }

    [Fact]
    public async Task Upload_PhotosPutThere_IsTrainedOnAndCanBeWrittenOnceOnly()
    {
        Answered upload = await api.PostAsync(
            "uploads",
            """{"make": "Velo", "model": "Ray", "released": true, "files": ["a.png", "b.png"], "idempotencyKey": "velo"}""");
        upload.Status.ShouldBe(201, upload.Body?.ToJsonString());
        ((string?)upload.Body!["modelKey"]).ShouldBe("velo-ray");
        using var anyone = new HttpClient();
        foreach ((JsonNode? file, int seed) in upload.Body["files"]!.AsArray().Select((file, at) => (file, at)))
        {
            (await PutAsync(anyone, (string)file!["url"]!, NightStage.Photo(30 + seed))).ShouldBe(201);
            ((int)(await anyone.GetAsync((string)file["url"]!, Stop)).StatusCode).ShouldBe(403);
            (await PutAsync(anyone, (string)file["url"]!, [1])).ShouldBeInRange(400, 499);
        }

        string id = (string)upload.Body["upload"]!;
        Answered started = await api.PostAsync("trainings", $$"""{"upload": "{{id}}"}""");
        started.Status.ShouldBe(202, started.Body?.ToJsonString());
        JsonNode ended = await api.EndOfAsync($"trainings/{(string?)started.Body!["id"]}");

        ((string?)ended["outcome"]!["status"]).ShouldBe("trained", ended.ToJsonString());
        ((int?)ended["outcome"]!["photos"]).ShouldBe(2);
        (await api.PostAsync("uploads", """{"make": "Velo", "model": "Ray", "released": true, "files": ["a.png", "b.png"], "idempotencyKey": "velo"}"""))
            .Body!["upload"]!.GetValue<string>().ShouldBe(id);
    }

    [Fact]
    public async Task Upload_WrongFields_NamesEach()
    {
        Answered answered = await api.PostAsync("uploads", """{"model": "Ray", "files": ["../a.png", "b.exe", "c.png", "C.png"], "features": "none"}""");

        answered.Status.ShouldBe(400);
        foreach (string field in new[] { "make", "released", "features", "files[0]", "files[1]", "files" })
        {
            answered.Errors(field).ShouldNotBeEmpty(field);
        }
    }

    [Fact]
    public async Task Review_RunningTraining_WritesTheWordUnderItsETag()
    {
        (string id, string jobId) = await StartLostAsync("review");
        Answered seen = await api.GetAsync($"trainings/{id}");
        seen.ETag.ShouldBe("none");

        Answered first = await ReviewAsync(id, """{"action": "learningRate", "learningRate": 0.0001, "by": "Li Wei", "reason": "it jumps"}""", seen.ETag);
        Answered late = await ReviewAsync(id, """{"action": "stop", "by": "Wang Fang"}""", seen.ETag);
        Answered second = await ReviewAsync(id, """{"action": "stop", "by": "Wang Fang"}""", (string)first.Body!["eTag"]!);

        first.Status.ShouldBe(200, first.Body.ToJsonString());
        late.Status.ShouldBe(412);
        second.Status.ShouldBe(200, second.Body?.ToJsonString());
        (await api.Stage.ReadAsync(ContainerNames.Jobs, BlobNames.JobControl(jobId))).ShouldBe("""{"stop":true,"by":"Wang Fang"}""");
    }

    [Fact]
    public async Task Review_WrongWords_AreNamed()
    {
        Answered answered = await api.PostAsync("trainings/train%3Ano-such/review", """{"action": "stopp", "learningRate": 2}""");
        answered.Errors("action").ShouldHaveSingleItem().ShouldContain("Did you mean 'stop'?");
        answered.Errors("learningRate").ShouldNotBeEmpty();
        answered.Errors("by").ShouldBe(["it is missing."]);
        (await api.PostAsync("trainings/train%3Ano-such/review", """{"action": "stop", "by": "me"}""")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Cancel_RunningTraining_EndsWithoutALoraAndTheNextOneTrains()
    {
        (string id, string jobId) = await StartLostAsync("cancel");

        Answered cancelled = await api.SendAsync(HttpMethod.Delete, $"trainings/{id}?by=Li%20Wei");

        cancelled.Status.ShouldBe(202, cancelled.Body?.ToJsonString());
        JsonNode ended = await api.EndOfAsync($"trainings/{id}");
        ((string?)ended["outcome"]!["status"]).ShouldBe("failed");
        ((string?)ended["outcome"]!["reason"]).ShouldBe($"training: cancelled by Li Wei (job {jobId})");
        (await api.Stage.ReadAsync(ContainerNames.Jobs, BlobNames.JobControl(jobId))).ShouldContain("\"stop\":true");
        (await api.SendAsync(HttpMethod.Delete, $"trainings/{id}")).Status.ShouldBe(409);
        api.Worker.Loses = _ => false;
        Answered again = await api.PostAsync("trainings", """{"modelKey": "nimbus-aero", "idempotencyKey": "after-cancel"}""");
        ((string?)(await api.EndOfAsync($"trainings/{(string?)again.Body!["id"]}"))["outcome"]!["status"]).ShouldBe("trained");
    }

    private Task<Answered> ReviewAsync(string id, string json, string? etag) =>
        api.SendAsync(HttpMethod.Post, $"trainings/{id}/review", json, request => request.Headers.TryAddWithoutValidation("If-Match", etag));

    /// <summary>A training whose worker says nothing.</summary>
    private async Task<(string Id, string JobId)> StartLostAsync(string key)
    {
        api.Worker.Loses = job => job.InstanceId.Contains($":{key}:", StringComparison.Ordinal);
        Answered started = await api.PostAsync("trainings", $$"""{"modelKey": "nimbus-aero", "idempotencyKey": "{{key}}"}""");
        string id = (string)started.Body!["id"]!;
        while (true)
        {
            if ((string?)(await api.GetAsync($"trainings/{id}")).Body!["jobId"] is { } jobId)
            {
                return (id, jobId);
            }

            await Task.Delay(50, Stop);
        }
    }

    private static async Task<int> PutAsync(HttpClient client, string url, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(content) };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        return (int)(await client.SendAsync(request, Stop)).StatusCode;
    }
}
