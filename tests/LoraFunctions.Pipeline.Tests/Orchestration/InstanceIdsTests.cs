using LoraFunctions.Pipeline.Orchestration;

namespace LoraFunctions.Pipeline.Tests.Orchestration;

public sealed class InstanceIdsTests
{
    private const string Night = "nightly-20250302";

    [Fact]
    public void Ids_OfANight_ReadAsTheirWork()
    {
        InstanceIds.Night("2025-03-02").ShouldBe(Night);
        InstanceIds.Chunk(Night, "listings", 3).ShouldBe("nightly-20250302:listings:3");
        InstanceIds.Listing(Night, "4711").ShouldBe("nightly-20250302:4711");
        InstanceIds.CarModel(Night, "tesla-model-y").ShouldBe("nightly-20250302:model:tesla-model-y");
        InstanceIds.Comparison(Night, "a", "b", "night").ShouldBe("nightly-20250302:vs:a:b:night");
        InstanceIds.GpuJob("nightly-20250302:4711", JobKind.Label).ShouldBe("nightly-20250302:4711:label");
        InstanceIds.TrainOnDemand("a", "").ShouldBe("train:a");
        InstanceIds.TrainOnDemand("a", "k").ShouldBe("train:a:k");
    }

    [Fact]
    public void Ids_LongestNames_StayBelowTheLimitAndApart()
    {
        var key = new string('a', ModelKeys.MaxLength);
        var scene = new string('s', 30);
        string[] ids =
        [
            InstanceIds.GpuJob(InstanceIds.Comparison(Night, key, key, scene), JobKind.Render),
            InstanceIds.GpuJob(InstanceIds.Comparison(Night, key, key, scene[1..] + "t"), JobKind.Render),
            InstanceIds.GpuJob(InstanceIds.Listing(Night, new string('l', 64)), JobKind.Label),
            InstanceIds.GpuJob(InstanceIds.TrainOnDemand(key, new string('k', 40)), JobKind.Train),
            InstanceIds.GpuJob(InstanceIds.TrainOnDemand(key, new string('k', 39) + "j"), JobKind.Train),
        ];

        ids.ShouldAllBe(id => id.Length <= InstanceIds.MaxLength);
        ids.Distinct().Count().ShouldBe(ids.Length);
    }
}
