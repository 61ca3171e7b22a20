using LoraFunctions.Jobs.Training.Data;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class AspectBucketsTests
{
    [Fact]
    public void Create_512By64_IsTheReferencesList() =>
        AspectBuckets.Create(512, 64).Sizes.Select(s => s.ToString()).ShouldBe(
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
        AspectBuckets.Create(512, 64).Nearest(width, height).ShouldBe(new BucketSize(bucketWidth, bucketHeight));

    [Theory]
    [InlineData(512, 64)]
    [InlineData(512, 32)]
    [InlineData(768, 64)]
    [InlineData(64, 32)]
    [InlineData(64, 64)]
    [InlineData(2048, 64)]
    public void Create_AnyResolution_HasSidesOfTheStepAndAtMostItsArea(int resolution, int step)
    {
        var sizes = AspectBuckets.Create(resolution, step).Sizes;

        sizes.ShouldContain(new BucketSize(resolution, resolution));
        sizes.ShouldBeUnique();
        sizes.ShouldAllBe(s => s.Width % step == 0 && s.Height % step == 0 && s.Width * s.Height <= resolution * resolution);
        sizes.ShouldAllBe(s => sizes.Contains(new BucketSize(s.Height, s.Width)));
    }

    [Fact]
    public void Nearest_Square_CutsEverything() => AspectBuckets.Square(512).Nearest(4000, 3000).ShouldBe(new BucketSize(512, 512));
}
