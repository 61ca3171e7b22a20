using LoraFunctions.Jobs.Training.Data;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class AspectBucketsTests
{
    [Fact]
    public void Create_512By64_IsTheReferencesList() =>
        AspectBuckets.Create(new(512, 512), 64).Sizes.Select(s => s.ToString()).ShouldBe(
        [
            "256x832", "256x896", "256x960", "256x1024", "320x704", "320x768", "384x640", "448x576", "512x512", "576x448", "640x384",
            "704x320", "768x320", "832x256", "896x256", "960x256", "1024x256",
        ]);

    [Theory]
    [InlineData(4000, 3000, 576, 448)]
    [InlineData(6000, 4000, 640, 384)]
    [InlineData(3000, 4000, 448, 576)]
    [InlineData(1000, 1000, 512, 512)]
    [InlineData(1920, 1080, 640, 384)]
    [InlineData(10000, 100, 1024, 256)]
    public void Nearest_PhotosShape_GivesTheBucket(int width, int height, int bucketWidth, int bucketHeight) =>
        AspectBuckets.Create(new(512, 512), 64).Nearest(width, height).ShouldBe(new TrainingSize(bucketWidth, bucketHeight));

    [Theory]
    [InlineData(512, 64)]
    [InlineData(512, 32)]
    [InlineData(768, 64)]
    [InlineData(64, 32)]
    [InlineData(64, 64)]
    [InlineData(2048, 64)]
    public void Create_AnyResolution_HasSidesOfTheStepAndAtMostItsArea(int resolution, int step)
    {
        var sizes = AspectBuckets.Create(new(resolution, resolution), step).Sizes;

        sizes.ShouldContain(new TrainingSize(resolution, resolution));
        sizes.ShouldBeUnique();
        sizes.ShouldAllBe(s => s.Width % step == 0 && s.Height % step == 0 && s.Width * s.Height <= resolution * resolution);
        sizes.ShouldAllBe(s => sizes.Contains(new TrainingSize(s.Height, s.Width)));
    }

    [Theory]
    [InlineData(768, 576, "192x144")]
    [InlineData(576, 768, "144x192")]
    [InlineData(1920, 1080, "192x128")]
    [InlineData(100, 100, "160x160")]
    public void Nearest_WidthAndHeight_IsABucketUprightToo(int width, int height, string bucket) =>
        AspectBuckets.Create(new(192, 144), 32).Nearest(width, height).ToString().ShouldBe(bucket);

    [Fact]
    public void Nearest_One_CutsEverything() => AspectBuckets.One(new(512, 512)).Nearest(4000, 3000).ShouldBe(new TrainingSize(512, 512));
}
