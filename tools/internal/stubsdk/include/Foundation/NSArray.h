#ifndef STUBSDK_NSARRAY_H
#define STUBSDK_NSARRAY_H
#import <Foundation/NSObject.h>

@interface NSArray : NSObject
- (NSUInteger)count;
- (id)objectAtIndex:(NSUInteger)index;
@end

@interface NSMutableArray : NSArray
+ (instancetype)arrayWithCapacity:(NSUInteger)capacity;
- (void)addObject:(id)object;
@end

#endif
