#ifndef STUBSDK_NSDATA_H
#define STUBSDK_NSDATA_H
#import <Foundation/NSObject.h>

@interface NSData : NSObject
+ (instancetype)data;
+ (instancetype)dataWithBytes:(const void *)bytes length:(NSUInteger)length;
@property(readonly) NSUInteger length;
- (const void *)bytes;
@end

#endif
