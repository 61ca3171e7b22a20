using LoraFunctions.Pipeline.Hosting;
using LoraFunctions.Pipeline.Night;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Tests.Night;

public sealed class NightlyOptionsTests
{
    [Fact]
    public void Defaults_AreValid()
    {
        var options = Read<NightlyOptions>([]);

        options.TimeZone.ShouldBe("Asia/Shanghai");
        options.Start.ShouldBe(new TimeOnly(2, 0));
        options.Deadline.ShouldBe(new TimeOnly(8, 0));
        options.MinPhotos.ShouldBe(50);
    }

    [Fact]
    public void Configuration_EveryKind_IsBound()
    {
        var options = Read<NightlyOptions>(new()
        {
            ["Nightly:TimeZone"] = "Europe/Berlin",
            ["Nightly:Start"] = "01:30",
            ["Nightly:Deadline"] = "06:00",
            ["Nightly:MinPhotos"] = "8",
            ["Nightly:BaseModel"] = "tiny",
            ["Nightly:TrainJobTimeOut"] = "00:20:00",
        });

        options.TimeZone.ShouldBe("Europe/Berlin");
        options.Start.ShouldBe(new TimeOnly(1, 30));
        options.Deadline.ShouldBe(new TimeOnly(6, 0));
        options.MinPhotos.ShouldBe(8);
        options.BaseModel.ShouldBe("tiny");
        options.TrainJobTimeOut.ShouldBe(TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void Configuration_SeveralErrors_AreNamedTogether()
    {
        var error = Should.Throw<OptionsValidationException>(() => Read<NightlyOptions>(new()
        {
            ["Nightly:TimeZone"] = "Asia/Shangai",
            ["Nightly:Start"] = "09:00",
            ["Nightly:MinPhotos"] = "0",
            ["Nightly:LabelJobTimeOut"] = "00:00:01",
        }));

        var failures = error.Failures.ToList();
        failures.Count.ShouldBe(4);
        failures.ShouldContain(f => f.Contains("TimeZone 'Asia/Shangai'"));
        failures.ShouldContain(f => f.Contains("Start is 09:00 and Deadline 08:00"));
        failures.ShouldContain(f => f.Contains("MinPhotos"));
        failures.ShouldContain(f => f.Contains("LabelJobTimeOut is 00:00:01; it must be between 00:00:10"));
    }

    /// <summary>Values that cannot be read, names nobody knows and values out of range, in one go.</summary>
    [Fact]
    public void Configuration_ValuesThatCannotBeRead_AreNamedWithTheRest()
    {
        var error = Should.Throw<OptionsValidationException>(() => Read<NightlyOptions>(new()
        {
            ["Nightly:MinPhotos"] = "fifty",
            ["Nightly:Start"] = "25:00",
            ["Nightly:MaxListingsPerNight"] = "0",
            ["Nightly:LabelJobTimeOut"] = "10",
            ["Nightly:MinPhoto"] = "10",
        }));

        error.Failures.Order(StringComparer.Ordinal).Select(f => f.Split(" Known are")[0]).ShouldBe(
        [
            "Nightly: The field MaxListingsPerNight must be between 1 and 2000.",
            "Nightly__LabelJobTimeOut is '10'; it must be a duration as hours:minutes:seconds, such as 00:30:00.",
            "Nightly__MinPhoto: there is no such setting. Did you mean 'MinPhotos'?",
            "Nightly__MinPhotos is 'fifty'; it must be a whole number, such as 50.",
            "Nightly__Start is '25:00'; it must be a time of the day, such as 02:00.",
        ]);
    }

    [Fact]
    public void Storage_WhatTheFunctionsHostReads_IsNoUnknownName() =>
        Read<StorageOptions>(new()
        {
            ["LoraStorage:credential"] = "managedidentity",
            ["LoraStorage:clientId"] = "id",
            ["LoraStorage:blobServiceUri"] = "https://a.blob.core.windows.net",
            ["LoraStorage:queueServiceUri"] = "https://a.queue.core.windows.net",
        }).ClientId.ShouldBe("id");

    [Fact]
    public void Gate_NestedLimits_AreBoundWithoutTouchingTheDefault()
    {
        Read<Imaging.Gate.GateOptions>(new() { ["Gate:Decode:MaxBytes"] = "64" }).Decode.MaxBytes.ShouldBe(64);

        new Imaging.Gate.GateOptions().Decode.MaxBytes.ShouldNotBe(64);
    }

    [Fact]
    public void Gate_WrongLimits_AreNamed() =>
        Should.Throw<OptionsValidationException>(() => Read<Imaging.Gate.GateOptions>(new() { ["Gate:MinShorterSide"] = "0" }))
            .Message.ShouldContain("MinShorterSide");

    [Fact]
    public void Gate_Limits_AreBound() =>
        Read<Imaging.Gate.GateOptions>(new() { ["Gate:MinShorterSide"] = "64", ["Gate:MaxBlur"] = "3.5" })
            .ShouldBe(new Imaging.Gate.GateOptions { MinShorterSide = 64, MaxBlur = 3.5 });

    [Theory]
    [InlineData(null, null, null, "neither ConnectionString nor")]
    [InlineData("UseDevelopmentStorage=true", "https://a.blob.core.windows.net", null, "both set")]
    [InlineData(null, "https://a.blob.core.windows.net", null, "QueueServiceUri is missing")]
    [InlineData(null, "a/b", "https://a.queue.core.windows.net", "BlobServiceUri is 'a/b'")]
    public void Storage_WrongSettings_SaySo(string? connection, string? blobs, string? queues, string message) =>
        Should.Throw<OptionsValidationException>(() => Read<StorageOptions>(new()
        {
            [$"{StorageOptions.Section}:ConnectionString"] = connection,
            [$"{StorageOptions.Section}:BlobServiceUri"] = blobs,
            [$"{StorageOptions.Section}:QueueServiceUri"] = queues,
        })).Message.ShouldContain(message);

    [Fact]
    public void Services_EveryActivity_IsRegisteredAndCanBeMade()
    {
        using var services = Services(new() { [$"{StorageOptions.Section}:ConnectionString"] = "UseDevelopmentStorage=true" });

        var registered = new DurableTaskRegistry();
        PipelineTasks.Add(registered);
        var activities = typeof(PipelineTasks).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(ITaskActivity))).ToList();

        activities.Count.ShouldBe(15);
        activities.ShouldAllBe(type => ActivatorUtilities.CreateInstance(services, type) != null);
        foreach (var type in activities)
        {
            Should.Throw<ArgumentException>(() => registered.AddActivity(type)).Message.ShouldContain(type.Name, Case.Sensitive, "it is not registered");
        }
    }

    [Fact]
    public void Times_ThatDoNotFitIntoTheNight_AreRefused() =>
        Should.Throw<OptionsValidationException>(() => Read<NightlyOptions>(new() { ["Nightly:RenderingTime"] = "05:45:00" }))
            .Message.ShouldContain("TrainingTime is 00:30:00 and RenderingTime 05:45:00; both must fit between Start 02:00 and Deadline 08:00");

    private static T Read<T>(Dictionary<string, string?> settings)
        where T : class
    {
        using var services = Services(settings);
        return services.GetRequiredService<IOptions<T>>().Value;
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings) =>
        new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddLoraPipeline()
            .BuildServiceProvider();
}
