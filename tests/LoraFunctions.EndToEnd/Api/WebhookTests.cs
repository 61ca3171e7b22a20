using System.Net;
using LoraFunctions.EndToEnd.Night;
using LoraFunctions.Pipeline.Night;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using System.Security.Cryptography;
using System.Text;
using LoraFunctions.Pipeline;
using Xunit;

namespace LoraFunctions.EndToEnd.Api;

public sealed class WebhookTests
{
    private const string Secret = "a-secret-of-the-receiver";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Night_Ends_TellsTheReceiverOnceMoreAfterItFailedAndSignsIt()
    {
        var messages = new List<(string Body, string Time, string Signature)>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using WebApplication receiver = builder.Build();
        receiver.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            messages.Add((await reader.ReadToEndAsync(Stop), context.Request.Headers["X-Lora-Timestamp"].ToString(), context.Request.Headers["X-Lora-Signature"].ToString()));
            context.Response.StatusCode = messages.Count == 1 ? 503 : 204;
        });
        await receiver.StartAsync(Stop);
        string address = receiver.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await using NightStage stage = await NightStage.StartAsync(("Nightly:Webhook", address), ("Nightly:WebhookSecret", Secret));
        await stage.AddListingsAsync();
        await using RunningEngine engine = await RunningEngine.StartAsync(stage);

        NightReport report = await engine.RunNightAsync(NightStage.Date, deadlineUtc: null, Stop);

        messages.Count.ShouldBe(2);
        var (body, time, signature) = messages[1];
        signature.ShouldBe("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{time}.{body}"))));
        NightOutcome outcome = ContractJson.Deserialize<NightOutcome>(body);
        outcome.Date.ShouldBe(NightStage.Date);
        outcome.Status.ShouldBe(report.Status);
        outcome.Pictures.ShouldBe(report.Pictures);
    }
}
